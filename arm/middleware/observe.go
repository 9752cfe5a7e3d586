package middleware

import (
	"net/http"

	"lotse.dev/telemetry"
)

// Observe makes every request a span and counts it.
func Observe(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request, ctx := telemetry.BeginRequest(r)
		seen := &recorder{ResponseWriter: w, status: 0}
		defer func() { request.End(max(seen.status, http.StatusOK)) }()
		next.ServeHTTP(seen, r.WithContext(ctx))
	})
}
