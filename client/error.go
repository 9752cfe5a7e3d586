package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Error is an error as Azure Resource Manager words it.
type Error struct {
	// Status is the HTTP status, or 0 for the error of an operation that had been accepted.
	Status  int     `json:"-"`
	Code    string  `json:"code"`
	Message string  `json:"message"`
	Target  string  `json:"target,omitempty"`
	Details []Error `json:"details,omitempty"`
	// RequestID finds the request in the server's log.
	RequestID string `json:"-"`
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", e.Message, e.Code)
	if e.Target != "" {
		fmt.Fprintf(&b, " at %s", e.Target)
	}
	for _, d := range e.Details {
		fmt.Fprintf(&b, "\n  %s", d.Error())
	}
	return b.String()
}

// Unreachable means that the front door did not answer at all.
type Unreachable struct {
	Endpoint string
	Cause    error
}

// Error implements error.
func (u *Unreachable) Error() string {
	return fmt.Sprintf("the front door at %s does not answer: %v", u.Endpoint, u.Cause)
}

// Unwrap implements errors' chain.
func (u *Unreachable) Unwrap() error { return u.Cause }

// IsNotFound reports whether the thing asked for does not exist.
func IsNotFound(err error) bool { return status(err) == http.StatusNotFound }

// IsConflict reports whether the thing is busy, or was changed meanwhile.
func IsConflict(err error) bool {
	s := status(err)
	return s == http.StatusConflict || s == http.StatusPreconditionFailed
}

// IsUnauthorized reports whether the caller may not do this.
func IsUnauthorized(err error) bool {
	s := status(err)
	return s == http.StatusUnauthorized || s == http.StatusForbidden
}

func status(err error) int {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Status
	}
	return 0
}

// unreachable tells a failed connection from a refusal that the transport passed on, and from the caller's own deadline.
func unreachable(err error, endpoint string) error {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &Unreachable{Endpoint: endpoint, Cause: err}
}

func refusal(response *http.Response, body []byte) *Error {
	var envelope struct {
		Error Error `json:"error"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Error.Code == "" {
		text := strings.TrimSpace(string(body))
		envelope.Error = Error{Code: strings.ReplaceAll(http.StatusText(response.StatusCode), " ", ""), Message: text[:min(len(text), 500)]}
		if text == "" {
			envelope.Error.Message = "the front door answered " + response.Status
		}
	}
	envelope.Error.Status = response.StatusCode
	envelope.Error.RequestID = response.Header.Get("x-ms-request-id")
	return &envelope.Error
}
