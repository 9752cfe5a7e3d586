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

// maxForm of a log-in; whoever sends it is not known yet.
const maxForm = 64 << 10

// Wrong secrets that are let through: few from one address for one name, more for one name from everywhere, so that many addresses do not
// help much, and nobody can shut a name out for long.
var (
	wrongFrom = Rate{PerSecond: 1.0 / 6, Burst: 10}
	wrongName = Rate{PerSecond: 1, Burst: 100}
)

// Guess slows down who guesses secrets. Right secrets cost nothing.
func Guess(c clock.PassiveClock) Inner {
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
			who := claimed(r)
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

// claimed is who the caller says to be.
func claimed(r *route.Request) string {
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
