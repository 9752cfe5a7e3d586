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
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lotse.dev/api/v1alpha1"
)

const scope = "lotse.dev/telemetry"

// Observed is a reconciler whose reconciles are observed: each has a span, its log lines name the request and the operation that it works
// on, and the objects that it changes carry the same.
type Observed[R comparable] struct {
	reconcile.TypedReconciler[R]
	// Name of the controller.
	Name string
	// Of is an empty object of the controller's kind.
	Of client.Object
	// Key says which object of that kind an item of the queue is about.
	Key func(R) types.NamespacedName
	// Objects of that kind; a cache.
	Objects client.Reader
}

// Reconcile implements reconcile.TypedReconciler.
func (w *Observed[R]) Reconcile(ctx context.Context, request R) (ctrl.Result, error) {
	key := w.Key(request)
	o := w.object(ctx, key)
	ctx, span := w.begin(ctx, o, key)
	defer span.End()
	ctx, calls := countCalls(ctx, w.Name)
	start := time.Now() // real time: this measures the process
	result, err := w.TypedReconciler.Reconcile(ctx, request)
	reconcileCalls.WithLabelValues(w.Name).Observe(float64(calls.Load()))
	span.SetAttributes(attribute.Int64("lotse.api_requests", calls.Load()))
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
	ctrl.LoggerFrom(ctx).V(debug).Info("reconciled", "took", time.Since(start).String(), "again", result.RequeueAfter.String(),
		"requests", calls.Load(), "failed", err != nil)
	return result, err
}

// begin a span: a part of the request's trace while the operation runs that the request began, else one of its own.
func (w *Observed[R]) begin(ctx context.Context, o client.Object, key types.NamespacedName) (context.Context, trace.Span) {
	attributes := []attribute.KeyValue{attribute.String("k8s.namespace.name", key.Namespace), attribute.String("lotse.object", key.Name)}
	if work := workOn(o); work.on {
		ctx = withTraceParent(WithCorrelationID(ctx, work.correlation), work.parent)
		attributes = append(attributes, work.attributes()...)
	}
	return otel.Tracer(scope).Start(ctx, "reconcile "+w.Name, trace.WithAttributes(attributes...))
}

// On returns the context of a reconcile that has found the object it works on: log lines and changes name the object's operation from then
// on, and the span is linked to the request's. It is for reconciles whose queue holds names of something else.
func On(ctx context.Context, o client.Object) context.Context {
	work := workOn(o)
	if !work.on || CorrelationID(ctx) == work.correlation {
		return ctx
	}
	span := trace.SpanFromContext(ctx)
	span.SetAttributes(work.attributes()...)
	if parent := trace.SpanContextFromContext(withTraceParent(ctx, work.parent)); work.parent != "" {
		span.AddLink(trace.Link{SpanContext: parent})
	}
	return ctrl.LoggerInto(WithCorrelationID(ctx, work.correlation), ctrl.LoggerFrom(ctx).WithValues(work.values()...))
}

// Logger of one reconcile. Without a request it is the controller's own.
func (w *Observed[R]) Logger(base logr.Logger) func(*R) logr.Logger {
	base = base.WithValues("controller", w.Name)
	return func(request *R) logr.Logger {
		if request == nil {
			return base
		}
		key := w.Key(*request)
		log := base.WithValues("namespace", key.Namespace, "name", key.Name)
		// This reads a cache, so it needs no deadline.
		if work := workOn(w.object(context.Background(), key)); work.on {
			log = log.WithValues(work.values()...)
		}
		return log
	}
}

// object as the cache has it, nil if it has none.
func (w *Observed[R]) object(ctx context.Context, key types.NamespacedName) client.Object {
	o, ok := w.Of.DeepCopyObject().(client.Object)
	if !ok || w.Objects.Get(ctx, key, o) != nil {
		return nil
	}
	return o
}

// work that is being done on an object for a request.
type work struct {
	on                             bool
	correlation, parent, operation string
}

func (w work) values() []any { return []any{"correlationId", w.correlation, "operation", w.operation} }

func (w work) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("lotse.correlation_id", w.correlation), attribute.String("lotse.operation", w.operation)}
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

// inProgress reports whether an object's newest change is not done yet. What a reconcile does after that belongs to no request.
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
