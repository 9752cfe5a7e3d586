package middleware

import (
	"log/slog"
	"net/http"

	"k8s.io/utils/clock"
)

// AccessLog writes a line for every request, without its query string, which can hold secrets.
func AccessLog(log *slog.Logger, c clock.PassiveClock) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start, seen := c.Now(), &recorder{ResponseWriter: w}
			next.ServeHTTP(seen, r)
			level := slog.LevelInfo
			if quiet(r, seen.status) {
				level = slog.LevelDebug
			}
			log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", seen.status,
				"took", c.Since(start).String(), "from", r.RemoteAddr, "request", w.Header().Get("x-ms-request-id"),
				"correlationId", CorrelationID(r.Context()), "agent", r.UserAgent())
		})
	}
}

// quiet requests are successful reads, mostly polls. The metrics count them.
func quiet(r *http.Request, status int) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && status < http.StatusBadRequest
}
