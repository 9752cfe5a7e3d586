package telemetry

import (
	"context"
	"time"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lotse.dev/api/v1alpha1"
)

const scope = "lotse.dev/telemetry"

// Complete builds a controller whose reconciles are told of: each has a span, its log lines name the request and the operation that it
// works on, and so does whatever it changes. of is an empty object of the controller's kind.
func Complete(mgr ctrl.Manager, name string, of client.Object, b *builder.Builder, r reconcile.Reconciler) error {
	w := &watched{Reconciler: r, name: name, of: of, objects: mgr.GetClient()}
	return b.Named(name).WithLogConstructor(w.logger(mgr.GetLogger())).Complete(w)
}

// watched is a reconciler that is told of.
type watched struct {
	reconcile.Reconciler
	name    string
	of      client.Object
	objects client.Reader
}

// Reconcile implements reconcile.Reconciler.
func (w *watched) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	o := w.object(ctx, request.NamespacedName)
	ctx, span := w.begin(ctx, o, request.NamespacedName)
	defer span.End()
	ctx, calls := countCalls(ctx, w.name)
	start := time.Now() // real time: this is about the machine, not about the service
	result, err := w.Reconciler.Reconcile(ctx, request)
	reconcileCalls.WithLabelValues(w.name).Observe(float64(calls.Load()))
	span.SetAttributes(attribute.Int64("lotse.api_requests", calls.Load()))
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	ctrl.LoggerFrom(ctx).V(debug).Info("reconciled", "took", time.Since(start).String(), "again", result.RequeueAfter.String(),
		"requests", calls.Load(), "failed", err != nil)
	return result, err
}

// begin a span: a part of the request's trace while the operation runs that the request began, else one of its own.
func (w *watched) begin(ctx context.Context, o client.Object, key types.NamespacedName) (context.Context, trace.Span) {
	attributes := []attribute.KeyValue{attribute.String("k8s.namespace.name", key.Namespace), attribute.String("lotse.object", key.Name)}
	if work := workOn(o); work.on {
		ctx = withTraceParent(WithCorrelationID(ctx, work.correlation), work.parent)
		attributes = append(attributes, attribute.String("lotse.correlation_id", work.correlation), attribute.String("lotse.operation", work.operation))
	}
	return otel.Tracer(scope).Start(ctx, "reconcile "+w.name, trace.WithAttributes(attributes...))
}

// logger of one reconcile. Without a request it is the controller's own.
func (w *watched) logger(base logr.Logger) func(*reconcile.Request) logr.Logger {
	base = base.WithValues("controller", w.name)
	return func(request *reconcile.Request) logr.Logger {
		if request == nil {
			return base
		}
		log := base.WithValues("namespace", request.Namespace, "name", request.Name)
		// The cache answers, so this needs no bound.
		if work := workOn(w.object(context.Background(), request.NamespacedName)); work.on {
			log = log.WithValues("correlationId", work.correlation, "operation", work.operation)
		}
		return log
	}
}

// object as the cache has it, nil if it has none.
func (w *watched) object(ctx context.Context, key types.NamespacedName) client.Object {
	o, ok := w.of.DeepCopyObject().(client.Object)
	if !ok || w.objects.Get(ctx, key, o) != nil {
		return nil
	}
	return o
}

// work that is being done on an object for a request.
type work struct {
	on                             bool
	correlation, parent, operation string
}

func workOn(o client.Object) work {
	if o == nil || !inProgress(o) {
		return work{}
	}
	has := o.GetAnnotations()
	return work{
		on: has[v1alpha1.AnnotationCorrelationID] != "", correlation: has[v1alpha1.AnnotationCorrelationID],
		parent: has[v1alpha1.AnnotationTraceParent], operation: operationID(o),
	}
}

// inProgress tells whether an object's newest change is not done yet. What a reconcile does after that goes back to no request.
func inProgress(o client.Object) bool {
	if o.GetDeletionTimestamp() != nil {
		return true
	}
	switch o := o.(type) {
	case v1alpha1.Tracked:
		return v1alpha1.CurrentOperation(o).State == v1alpha1.InProgress
	case *v1alpha1.Machine:
		return !meta.IsStatusConditionTrue(o.Status.Conditions, v1alpha1.MachineRegistered)
	}
	return false
}

// operationID is the middle of the operation's ARM ID.
func operationID(o client.Object) string {
	return operationOf(o.GetName(), o.GetUID(), o.GetGeneration())
}
