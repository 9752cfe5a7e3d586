package containerservice

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

// contended writes are decided again from the start, on what is then: their objects also change under the controllers' hands.
const (
	mostTries  = 40
	firstPause = 10 * time.Millisecond
	mostPause  = 200 * time.Millisecond
)

// errContended says that somebody else wrote what a decision stood on.
var errContended = errors.New("another write came first")

// contend makes a write's decision and its storing one step: whenever an object has changed since it was read, nothing was written, and the
// handler decides anew. The second of two equal writes so finds the first one's operation and is refused because of that.
func contend(handle route.Handler) route.Handler {
	return func(w http.ResponseWriter, r *route.Request) error {
		data, err := body.Bytes(r.Request)
		if err != nil {
			return err
		}
		for try := 1; ; try++ {
			r.Body = io.NopCloser(bytes.NewReader(data))
			err := handle(w, r)
			if !lost(err) || try == mostTries || !pause(r.Context(), try) {
				return err
			}
		}
	}
}

func lost(err error) bool {
	var known *fault.Error
	if errors.As(err, &known) {
		return errors.Is(known.Cause, errContended)
	}
	return apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err)
}

// pause before another try, of a length that keeps those who met apart from meeting again.
func pause(ctx context.Context, try int) bool {
	most := min(mostPause, firstPause*time.Duration(try))
	select {
	case <-ctx.Done():
		return false
	case <-time.After(most/2 + rand.N(most/2)): //nolint:gosec // G404: nothing is secret about a pause
		return true
	}
}
