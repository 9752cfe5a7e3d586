package middleware

import (
	"log/slog"
	"net/http"

	"k8s.io/utils/clock"
)

// AccessLog writes a line for every request. Query strings are left out: they can hold what a log must not.
func AccessLog(log *slog.Logger, c clock.PassiveClock) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			start, seen := c.Now(), &recorder{ResponseWriter: w}
			next.ServeHTTP(seen, r)
			level := slog.LevelInfo
			if r.URL.Path == "/healthz" {
				level = slog.LevelDebug
			}
			log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", seen.status,
				"took", c.Since(start).String(), "from", r.RemoteAddr, "request", w.Header().Get("x-ms-request-id"),
				"agent", r.UserAgent())
		})
	}
}
