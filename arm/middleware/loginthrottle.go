package middleware

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/arm/route"
)

// maxForm bounds the body of a log-in, whose sender is not authenticated yet.
const maxForm = 64 << 10

// Wrong secrets that are allowed: few for one name from one address, and more for one name from all addresses, so that many addresses help
// an attacker little and cannot lock the name out for long.
var (
	wrongFrom = Rate{PerSecond: 1.0 / 6, Burst: 10}
	wrongName = Rate{PerSecond: 1, Burst: 100}
)

// LoginThrottle slows down the guessing of secrets. Only log-ins with a wrong secret count.
func LoginThrottle(c clock.PassiveClock) Inner {
	from, name := newBuckets(wrongFrom, c), newBuckets(wrongName, c)
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Access != route.Public || r.Method != http.MethodPost || !strings.HasPrefix(r.Route.Pattern, "/adfs/oauth2/") {
				return next(w, r)
			}
			r.Body = http.MaxBytesReader(w, r.Body, maxForm)
			if err := r.ParseForm(); err != nil {
				return badForm(w, err)
			}
			who := claimedName(r)
			pair := Source(r.RemoteAddr) + " " + who
			if delay := max(from.empty(pair), name.empty(who)); delay > 0 {
				return slowDown(w, delay)
			}
			seen := &recorder{ResponseWriter: w}
			err := next(seen, r)
			if seen.status == http.StatusUnauthorized {
				from.take(pair)
				name.take(who)
			}
			return err
		}
	}
}

// claimedName is the name that the caller logs in with.
func claimedName(r *route.Request) string {
	for _, field := range []string{"username", "client_id"} {
		if s := r.PostForm.Get(field); s != "" {
			return strings.ToLower(s[:min(len(s), 128)])
		}
	}
	id, _, _ := r.BasicAuth()
	return strings.ToLower(id[:min(len(id), 128)])
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

func slowDown(w http.ResponseWriter, delay time.Duration) error {
	seconds := strconv.Itoa(int(math.Ceil(delay.Seconds())))
	w.Header().Set("Retry-After", seconds)
	return route.JSON(w, http.StatusTooManyRequests, oauthError{"slow_down", "There were too many wrong secrets. Try again in " + seconds + " seconds."})
}
