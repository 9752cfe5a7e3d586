package middleware

import (
	"context"
	"net/http"
	"time"
)

// Timeout ends requests that take too long, also those whose body never comes.
func Timeout(limit time.Duration) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// Not every ResponseWriter has deadlines; the context's stands in any case.
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(limit))
			ctx, cancel := context.WithTimeout(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}
