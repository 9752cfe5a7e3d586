package telemetry

import (
	"context"
	"strings"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

type correlationKey struct{}

// WithCorrelationID marks a context as working on a request.
func WithCorrelationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, correlationKey{}, id)
}

// CorrelationID of the request that a context works on; empty if none.
func CorrelationID(ctx context.Context) string {
	id, _ := ctx.Value(correlationKey{}).(string)
	return id
}

// tracing is the format of a span on the wire and in annotations: W3C's trace context.
var tracing = propagation.TraceContext{}

const wireTraceParent = "traceparent"

func traceParent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsSampled() {
		return ""
	}
	carrier := propagation.MapCarrier{}
	tracing.Inject(ctx, carrier)
	return carrier[wireTraceParent]
}

// withTraceParent makes a span of another process the parent of the spans begun in the context.
func withTraceParent(ctx context.Context, value string) context.Context {
	return tracing.Extract(ctx, propagation.MapCarrier{wireTraceParent: value})
}

// stamp writes the context's origin onto a resource and reports whether that changed it. A trace keeps its first span; otherwise each
// reconcile would become the parent of the next.
func stamp(ctx context.Context, o metav1.Object) bool {
	id := CorrelationID(ctx)
	if id == "" {
		return false
	}
	has := o.GetAnnotations()
	parent, present := traceParent(ctx), has[v1alpha1.AnnotationTraceParent]
	if parent == "" && has[v1alpha1.AnnotationCorrelationID] == id || sameTrace(parent, present) {
		parent = present
	}
	if has[v1alpha1.AnnotationCorrelationID] == id && parent == present {
		return false
	}
	next := map[string]string{}
	for k, v := range has {
		next[k] = v
	}
	next[v1alpha1.AnnotationCorrelationID] = id
	if delete(next, v1alpha1.AnnotationTraceParent); parent != "" {
		next[v1alpha1.AnnotationTraceParent] = parent
	}
	o.SetAnnotations(next)
	return true
}

// sameTrace compares the second part of two values like 00-{trace}-{span}-{flags}.
func sameTrace(a, b string) bool {
	x, y := strings.Split(a, "-"), strings.Split(b, "-")
	return len(x) == 4 && len(y) == 4 && x[1] == y[1]
}
