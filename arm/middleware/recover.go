package middleware

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"lotse.dev/arm/fault"
)

// Recover turns a panic into an answer 500, so that it ends only its own request.
func Recover(log *slog.Logger) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			seen := &recorder{ResponseWriter: w}
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if cause == http.ErrAbortHandler { //nolint:errorlint // it is panicked with as it is; net/http itself compares it so
					panic(cause) // net/http's own way to cut a connection
				}
				log.ErrorContext(r.Context(), "panic", "cause", cause, "request", w.Header().Get("x-ms-request-id"), "stack", string(debug.Stack()))
				if seen.status == 0 {
					fault.Write(seen, fmt.Errorf("panic: %v", cause)) // an internal error
				}
			}()
			next.ServeHTTP(seen, r)
		})
	}
}
