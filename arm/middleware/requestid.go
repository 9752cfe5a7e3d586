package middleware

import (
	"context"
	"net/http"
	"regexp"

	"github.com/google/uuid"

	"lotse.dev/telemetry"
)

// safeID is what may be echoed into headers, logs and annotations.
var safeID = regexp.MustCompile(`^[-_.:a-zA-Z0-9]{1,128}$`)

// RequestID gives every request an ID, echoes the client's own, and keeps its correlation ID.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, h := uuid.NewString(), w.Header()
		correlation := r.Header.Get("x-ms-correlation-request-id")
		if !safeID.MatchString(correlation) {
			correlation = id
		}
		if client := r.Header.Get("x-ms-client-request-id"); safeID.MatchString(client) {
			h.Set("x-ms-client-request-id", client)
		}
		h.Set("x-ms-request-id", id)
		h.Set("x-ms-correlation-request-id", correlation)
		h.Set("Cache-Control", "no-cache")
		h.Set("Strict-Transport-Security", "max-age=31536000")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r.WithContext(telemetry.WithCorrelationID(r.Context(), correlation)))
	})
}

// CorrelationID of a request that passed RequestID.
func CorrelationID(ctx context.Context) string { return telemetry.CorrelationID(ctx) }
