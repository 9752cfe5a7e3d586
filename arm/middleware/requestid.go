package middleware

import (
	"context"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/telemetry"
)

// safeID is what may be echoed into headers, logs and annotations.
var safeID = regexp.MustCompile(`^[-_.:a-zA-Z0-9]{1,128}$`)

// service are the beginnings of the correlation IDs by which the service's own requests are told from customers'.
var service = []string{v1alpha1.CorrelationPowerSchedule, v1alpha1.CorrelationAutoUpgrade}

func isService(correlation string) bool {
	return slices.ContainsFunc(service, func(prefix string) bool { return strings.HasPrefix(strings.ToLower(correlation), prefix) })
}

// RequestID gives every request an ID, echoes the client's own, and keeps its correlation ID.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, h := uuid.NewString(), w.Header()
		correlation := r.Header.Get("x-ms-correlation-request-id")
		if !safeID.MatchString(correlation) || isService(correlation) {
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
