package telemetry

import (
	"testing"

	"go.opentelemetry.io/otel/trace"

	"lotse.dev/api/v1alpha1"
)

const (
	oldTrace = "00-11111111111111111111111111111111-2222222222222222-01"
	newTrace = "00-33333333333333333333333333333333-4444444444444444-01"
	sameLate = "00-11111111111111111111111111111111-5555555555555555-01"
)

func TestStamp(t *testing.T) {
	for sentence, c := range map[string]struct {
		correlation, parent         string
		had                         map[string]string
		changed                     bool
		wantCorrelation, wantParent string
	}{
		"outside of any request nothing is written": {
			had: map[string]string{v1alpha1.AnnotationCorrelationID: "a"}, wantCorrelation: "a"},
		"a request leaves its correlation ID": {
			correlation: "b", had: map[string]string{v1alpha1.AnnotationCorrelationID: "a"}, changed: true, wantCorrelation: "b"},
		"a traced request leaves its span too": {
			correlation: "b", parent: newTrace, changed: true, wantCorrelation: "b", wantParent: newTrace},
		"the trace of an earlier request does not stay": {
			correlation: "b", had: map[string]string{v1alpha1.AnnotationCorrelationID: "a", v1alpha1.AnnotationTraceParent: oldTrace},
			changed: true, wantCorrelation: "b"},
		"a later span of the same trace does not become the parent": {
			correlation: "a", parent: sameLate, had: map[string]string{v1alpha1.AnnotationCorrelationID: "a", v1alpha1.AnnotationTraceParent: oldTrace},
			wantCorrelation: "a", wantParent: oldTrace},
		"a client that repeats its correlation ID begins a new trace": {
			correlation: "a", parent: newTrace, had: map[string]string{v1alpha1.AnnotationCorrelationID: "a", v1alpha1.AnnotationTraceParent: oldTrace},
			changed: true, wantCorrelation: "a", wantParent: newTrace},
	} {
		t.Run(sentence, func(t *testing.T) {
			ctx := t.Context()
			if c.correlation != "" {
				ctx = WithCorrelationID(ctx, c.correlation)
			}
			if c.parent != "" {
				ctx = withTraceParent(ctx, c.parent)
				if !trace.SpanContextFromContext(ctx).IsValid() {
					t.Fatal("the test's own trace is not valid")
				}
			}
			cluster := &v1alpha1.ManagedCluster{}
			cluster.Annotations = c.had
			if changed := stamp(ctx, cluster); changed != c.changed {
				t.Errorf("changed: %v", changed)
			}
			if got := cluster.Annotations[v1alpha1.AnnotationCorrelationID]; got != c.wantCorrelation {
				t.Errorf("correlation ID %q", got)
			}
			if got := cluster.Annotations[v1alpha1.AnnotationTraceParent]; got != c.wantParent {
				t.Errorf("traceparent %q", got)
			}
		})
	}
}
