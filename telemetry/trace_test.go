package telemetry

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lotse.dev/api/v1alpha1"
)

// TestTraceArrives: the trace of a PUT, with the reconcile that it led to, arrives where OTEL_EXPORTER_OTLP_ENDPOINT says.
func TestTraceArrives(t *testing.T) {
	var mu sync.Mutex
	var received bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.URL.Path != "/v1/traces" {
			t.Errorf("spans go to %s", r.URL.Path)
		}
		_, _ = io.Copy(&received, r.Body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	stop, err := Trace(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPut, "/x", nil)
	r.Header.Set("traceparent", newTrace)
	request, ctx := BeginRequest(r.WithContext(WithCorrelationID(r.Context(), "corr")))
	Routed(ctx, "/x")
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
	stamp(ctx, cluster)
	request.End(http.StatusOK)
	w := &Observed[ctrl.Request]{Name: "cluster", Of: &v1alpha1.ManagedCluster{}, Key: named, Objects: oneCluster{cluster: cluster}, TypedReconciler: reconcile.Func(
		func(context.Context, ctrl.Request) (ctrl.Result, error) { return ctrl.Result{}, nil })}
	if _, err := w.Reconcile(t.Context(), ctrl.Request{}); err != nil {
		t.Fatal(err)
	}
	stop()

	mu.Lock()
	defer mu.Unlock()
	trace := bytes.Repeat([]byte{0x33}, 16)
	for _, name := range []string{"PUT /x", "reconcile cluster"} {
		if !bytes.Contains(received.Bytes(), []byte(name)) {
			t.Errorf("no span %q arrived", name)
		}
	}
	if n := bytes.Count(received.Bytes(), trace); n != 2 {
		t.Errorf("%d spans are of the client's trace, want 2", n)
	}
}

func TestWithoutACollectorNothingIsTraced(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "")
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
	stop, err := Trace(t.Context(), "test")
	if err != nil {
		t.Fatal(err)
	}
	stop()
}
