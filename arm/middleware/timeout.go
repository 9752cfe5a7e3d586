package middleware

import (
	"context"
	"net/http"
	"time"
)

// bodyTimeout is for the whole body; at most 4 MB in 30 seconds is no haste.
const bodyTimeout = 30 * time.Second

// Timeout ends requests that take too long: those whose body never comes, whose handler does not end, and whose answer nobody reads.
func Timeout(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// Not every ResponseWriter has deadlines; the context's stands in any case.
			connection := http.NewResponseController(w)
			_ = connection.SetReadDeadline(time.Now().Add(min(limit, bodyTimeout)))
			_ = connection.SetWriteDeadline(time.Now().Add(limit + bodyTimeout))
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}
