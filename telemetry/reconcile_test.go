package telemetry

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// oneCluster is a cache that holds one cluster.
type oneCluster struct {
	client.Reader
	cluster *v1alpha1.ManagedCluster
}

// Get implements client.Reader.
func (s oneCluster) Get(_ context.Context, _ client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	s.cluster.DeepCopyInto(o.(*v1alpha1.ManagedCluster))
	return nil
}

func named(r ctrl.Request) types.NamespacedName { return r.NamespacedName }

// TestReconcileGoesBackToItsRequest: request and reconcile are one trace and one correlation ID, also in what the reconcile changes; once
// the operation is done they are not.
func TestReconcileGoesBackToItsRequest(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	stop, err := traceTo(sdktrace.NewSimpleSpanProcessor(spans), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()

	r := httptest.NewRequest(http.MethodPut, "/subscriptions/s/x", nil)
	r = r.WithContext(WithCorrelationID(r.Context(), "from-the-client"))
	request, ctx := BeginRequest(r)
	Routed(ctx, "/subscriptions/{subscription}/x")
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c", Generation: 1, UID: "u"}}
	stamp(ctx, cluster)
	request.End(http.StatusCreated)

	pool := &v1alpha1.AgentPool{}
	w := &Observed[ctrl.Request]{Name: "cluster", Of: &v1alpha1.ManagedCluster{}, Key: named, Objects: oneCluster{cluster: cluster},
		TypedReconciler: reconcile.Func(func(ctx context.Context, _ ctrl.Request) (ctrl.Result, error) {
			requestResult{}.Increment(ctx, "200", "GET", "host")
			stamp(ctx, pool)
			return ctrl.Result{}, errors.New("not yet")
		})}
	if _, err := w.Reconcile(t.Context(), ctrl.Request{}); err == nil {
		t.Error("the reconcile's error is lost")
	}
	operation.Settle(cluster, "the cluster", operation.Outcome{}, metav1.Now())
	if _, err := w.Reconcile(t.Context(), ctrl.Request{}); err == nil {
		t.Error("the reconcile's error is lost")
	}

	all := spans.GetSpans()
	if len(all) != 3 {
		t.Fatalf("%d spans", len(all))
	}
	put, during, after := all[0], all[1], all[2]
	if put.Name != "PUT /subscriptions/{subscription}/x" || during.Name != "reconcile cluster" {
		t.Errorf("spans are called %q and %q", put.Name, during.Name)
	}
	if during.Parent.SpanID() != put.SpanContext.SpanID() {
		t.Error("the reconcile that works on the request is no child of it")
	}
	if after.SpanContext.TraceID() == put.SpanContext.TraceID() {
		t.Error("a reconcile after the operation's end is still a part of the request")
	}
	if pool.Annotations[v1alpha1.AnnotationCorrelationID] != "from-the-client" ||
		!strings.Contains(pool.Annotations[v1alpha1.AnnotationTraceParent], during.SpanContext.SpanID().String()) {
		t.Errorf("what the reconcile changed says %v", pool.Annotations)
	}
	if !slices.ContainsFunc(during.Attributes, func(a attribute.KeyValue) bool { return a.Key == "lotse.api_requests" && a.Value.AsInt64() == 1 }) {
		t.Errorf("the span does not say how many requests were sent: %v", during.Attributes)
	}
}

func TestLogLinesNameTheRequest(t *testing.T) {
	cluster := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c", Generation: 3, UID: "u",
		Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: "from-the-client"}}}
	var out bytes.Buffer
	w := &Observed[ctrl.Request]{Name: "cluster", Of: &v1alpha1.ManagedCluster{}, Key: named, Objects: oneCluster{cluster: cluster}}
	log := w.Logger(logr.FromSlogHandler(Log(&out, 0).Handler()))
	log(&reconcile.Request{}).Error(errors.New("x"), "Reconciler error")
	if line := out.String(); !strings.Contains(line, `"correlationId":"from-the-client"`) || !strings.Contains(line, `"operation":"c.u.3"`) {
		t.Errorf("the line is %s", line)
	}
	operation.Settle(cluster, "the cluster", operation.Outcome{}, metav1.Now())
	out.Reset()
	log(&reconcile.Request{}).Info("later")
	if line := out.String(); strings.Contains(line, "from-the-client") || !strings.Contains(line, "later") {
		t.Errorf("the line is %s", line)
	}
}

// TestOnTakesOverTheOperationOfAMachine: a reconcile that begins with the name of something else takes over the operation of the object that
// it finds, as long as that operation lasts.
func TestOnTakesOverTheOperationOfAMachine(t *testing.T) {
	spans := tracetest.NewInMemoryExporter()
	stop, err := traceTo(sdktrace.NewSimpleSpanProcessor(spans), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	_, put := BeginRequest(httptest.NewRequest(http.MethodPut, "/x", nil).WithContext(WithCorrelationID(t.Context(), "from-the-client")))
	machine := &v1alpha1.Machine{ObjectMeta: metav1.ObjectMeta{Name: "m", Generation: 1, UID: "u"}}
	stamp(put, machine)
	registered := machine.DeepCopy()
	meta.SetStatusCondition(&registered.Status.Conditions, metav1.Condition{Type: v1alpha1.MachineRegistered, Status: metav1.ConditionTrue, Reason: "x"})

	for sentence, c := range map[string]struct {
		found *v1alpha1.Machine
		goes  bool
	}{
		"a machine that is being created":    {machine, true},
		"a machine that has joined long ago": {registered, false},
		"no machine":                         {nil, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			spans.Reset()
			var out bytes.Buffer
			w := &Observed[string]{Name: "machine-csr", Of: &v1alpha1.ManagedCluster{}, Objects: oneCluster{cluster: &v1alpha1.ManagedCluster{}},
				Key: func(s string) types.NamespacedName { return types.NamespacedName{Name: s} },
				TypedReconciler: reconcile.TypedFunc[string](func(ctx context.Context, _ string) (ctrl.Result, error) {
					var found client.Object
					if c.found != nil {
						found = c.found
					}
					ctrl.LoggerFrom(On(ctx, found)).Info("decided")
					return ctrl.Result{}, nil
				})}
			request := "request-1"
			ctx := ctrl.LoggerInto(t.Context(), w.Logger(logr.FromSlogHandler(Log(&out, 0).Handler()))(&request))
			if _, err := w.Reconcile(ctx, request); err != nil {
				t.Fatal(err)
			}
			line, links := out.String(), spans.GetSpans()[0].Links
			if strings.Contains(line, `"correlationId":"from-the-client","operation":"m.u.1"`) != c.goes || !strings.Contains(line, `"name":"request-1"`) {
				t.Errorf("the line is %s", line)
			}
			linked := len(links) == 1 && links[0].SpanContext.TraceID() == trace.SpanContextFromContext(put).TraceID()
			if linked != c.goes {
				t.Errorf("links are %v", links)
			}
		})
	}
}
