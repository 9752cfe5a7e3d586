package adfs

import (
	"errors"
	"fmt"
	"net/http"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/middleware"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// refusal is OAuth's form of an error (RFC 6749, 5.2).
type refusal struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (e *refusal) Error() string { return e.Code + ": " + e.Description }

func refuse(status int, code, format string, args ...any) error {
	return &refusal{status, code, fmt.Sprintf(format, args...)}
}

// outcome of a request for a token, for metrics.
func outcome(err error) string {
	var e *refusal
	switch {
	case err == nil:
		return "issued"
	case errors.As(err, &e), errors.Is(err, identity.ErrUnknown), throttled(err) != nil:
		return "refused"
	}
	return "failed"
}

// answer writes a refusal in OAuth's form; other errors are the front door's.
func answer(w http.ResponseWriter, err error) error {
	var e *refusal
	switch {
	case errors.As(err, &e):
		return route.JSON(w, e.status, e)
	case throttled(err) != nil:
		return middleware.SlowDown(w, throttled(err))
	case errors.Is(err, identity.ErrUnknown):
		return route.JSON(w, http.StatusUnauthorized, &refusal{Code: "invalid_client", Description: "The name or the secret is wrong."})
	}
	return err
}

// throttled is the error if it refuses a log-in because there were too many; otherwise nil.
func throttled(err error) *fault.Error {
	var e *fault.Error
	if errors.As(err, &e) && e.Kind == fault.Throttled {
		return e
	}
	return nil
}
