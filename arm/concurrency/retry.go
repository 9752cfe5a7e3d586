package concurrency

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// Retries of a write that met another one. Objects also change by their controllers, so there are many, at short intervals.
const (
	maxTries   = 40
	firstPause = 10 * time.Millisecond
	maxPause   = 200 * time.Millisecond
)

// RetryOnConflict runs a handler again, from the start and with the same body, when an object that it decided by has changed before its
// write: nothing was written then. The second of two equal writes so finds the first one's operation and is refused because of it. Tries for
// the same parent come one after the other as far as they meet in this process, so that many at once do not keep each other from success.
func RetryOnConflict(handle route.Handler) route.Handler {
	var writes line
	inTurn := func(w http.ResponseWriter, r *route.Request) error {
		defer writes.wait(r.Context(), parentOf(r.URL.Path))()
		return handle(w, r)
	}
	return func(w http.ResponseWriter, r *route.Request) error {
		data, err := body.Bytes(r.Request)
		if err != nil {
			return err
		}
		for try := 1; ; try++ {
			r.Body = io.NopCloser(bytes.NewReader(data))
			err := inTurn(w, r)
			if !conflict(err) || try == maxTries || !pause(r.Context(), try) {
				return err
			}
		}
	}
}

// conflict reports whether another write came first.
func conflict(err error) bool {
	var known *fault.Error
	if errors.As(err, &known) {
		return errors.Is(known.Cause, errLocked)
	}
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
}

// pause before another try, of a random length so that two writers do not meet again. It is false if the context ends first.
func pause(ctx context.Context, try int) bool {
	longest := min(maxPause, firstPause*time.Duration(try))
	select {
	case <-ctx.Done():
		return false
	case <-time.After(longest/2 + rand.N(longest/2)): //nolint:gosec // G404: the pause is not a secret
		return true
	}
}
