package middleware

import (
	"context"
	"net/http"
	"time"
)

// bodyTimeout is for the whole body, which has at most 4 MB.
const bodyTimeout = 30 * time.Second

// Timeout ends requests that take too long: whose body does not arrive, whose handler does not return, or whose answer is not read.
func Timeout(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// Deadlines of connections use real time. Not every ResponseWriter has them; the context has one in any case.
			connection := http.NewResponseController(w)
			_ = connection.SetReadDeadline(time.Now().Add(min(limit, bodyTimeout)))
			_ = connection.SetWriteDeadline(time.Now().Add(limit + bodyTimeout))
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}
