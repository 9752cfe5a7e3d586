package telemetry

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Request is one request that the front door answers.
type Request struct {
	method, route string
	span          trace.Span
	started       time.Time
}

type requestKey struct{}

// methods that become labels. Clients may send any other, and labels must be few.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodPost, http.MethodDelete, http.MethodOptions}

// probed is the path of the kubelet's probe.
const probed = "/healthz"

// unmatched is the route of requests that have none.
const unmatched = "none"

// BeginRequest begins the span and the measurement of a request. End ends both.
func BeginRequest(r *http.Request) (*Request, context.Context) {
	q := &Request{method: r.Method, route: unmatched, started: time.Now()}
	if !slices.Contains(methods, q.method) {
		q.method = "other"
	}
	requestsInFlight.Inc()
	ctx := tracing.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
	if r.URL.Path == probed { // its traces would hide all others
		q.span = trace.SpanFromContext(context.Background())
		return q, context.WithValue(ctx, requestKey{}, q)
	}
	ctx, q.span = otel.Tracer(scope).Start(ctx, q.method, trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
		attribute.String("http.request.method", q.method), attribute.String("url.path", r.URL.Path),
		attribute.String("lotse.correlation_id", CorrelationID(ctx))))
	return q, context.WithValue(ctx, requestKey{}, q)
}

// Routed records which route the request of a context takes, by its template.
func Routed(ctx context.Context, template string) {
	if q, ok := ctx.Value(requestKey{}).(*Request); ok {
		q.route = template
		q.span.SetName(q.method + " " + template)
		q.span.SetAttributes(attribute.String("http.route", template))
	}
}

// End of the request, with the answer's status.
func (q *Request) End(status int) {
	requestsInFlight.Dec()
	requestSeconds.WithLabelValues(q.route, q.method, strconv.Itoa(status)).Observe(time.Since(q.started).Seconds())
	if status == http.StatusTooManyRequests {
		requestsThrottled.WithLabelValues(q.route).Inc()
	}
	q.span.SetAttributes(attribute.Int("http.response.status_code", status))
	if status >= http.StatusInternalServerError {
		q.span.SetStatus(codes.Error, http.StatusText(status))
	}
	q.span.End()
}

// LoggedIn counts an answer of the token endpoint. Both become labels: they must have few values, and none chosen by a client.
func LoggedIn(grant, outcome string) { logins.WithLabelValues(grant, outcome).Inc() }
