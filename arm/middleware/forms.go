package middleware

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// Bounds of the forms of log-ins, whose senders are not known yet: bytes of one, and how many are read at once.
const (
	maxForm   = 16 << 10
	forms     = 1024
	formsFrom = 64
)

// Forms reads the forms of log-ins within narrow bounds, and limits how many one address sends.
func Forms(c clock.PassiveClock) Inner {
	reading := newSlots(forms, formsFrom)
	sent := newBuckets(Rate{PerSecond: 20, Burst: 400}, c)
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if !r.LogIn {
				return next(w, r)
			}
			source := Source(r.RemoteAddr)
			if _, delay := sent.take(source); delay > 0 {
				return SlowDown(w, tooMany(delay))
			}
			free, ok := reading.take(source)
			if !ok {
				return SlowDown(w, tooMany(time.Second))
			}
			err := readForm(w, r.Request)
			free()
			if err != nil {
				return badForm(w, err)
			}
			return next(w, r)
		}
	}
}

func readForm(w http.ResponseWriter, r *http.Request) error {
	if r.ContentLength > maxForm {
		w.Header().Set("Connection", "close") // the rest of the body is not read
		return &http.MaxBytesError{Limit: maxForm}
	}
	readWithin(w, formTimeout)
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return r.ParseForm()
}

type oauthError struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

func badForm(w http.ResponseWriter, err error) error {
	status := http.StatusBadRequest
	if errors.As(err, new(*http.MaxBytesError)) {
		status = http.StatusRequestEntityTooLarge
	}
	return route.JSON(w, status, oauthError{"invalid_request", fmt.Sprintf("The body is not a form: %v.", err)})
}

// tooMany log-ins came from the caller's address, or with wrong secrets.
func tooMany(delay time.Duration) *fault.Error {
	return fault.New(fault.Throttled, "There were too many log-ins, or too many with wrong secrets. Try again in %d seconds.",
		int(math.Ceil(delay.Seconds()))).After(delay)
}

// SlowDown answers a log-in that is throttled, in OAuth's form.
func SlowDown(w http.ResponseWriter, e *fault.Error) error {
	w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	return route.JSON(w, e.Status(), oauthError{"slow_down", e.Message})
}
