package reconcile

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lotse.dev/telemetry"
)

// concurrency is how many objects of a kind are reconciled at the same time: reconcilers wait for API servers more than they work.
const concurrency = 16

// Errors are retried at growing intervals. A hosted cluster that is down causes errors for as long as it is, and is to be reached again
// soon after that.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// Complete builds a controller and registers it with the manager. of is an empty object of the controller's kind.
func Complete(mgr ctrl.Manager, name string, of client.Object, b *builder.Builder, r reconcile.Reconciler) error {
	return CompleteFor(mgr, name, of, func(request ctrl.Request) types.NamespacedName { return request.NamespacedName }, b, r)
}

// CompleteFor is Complete for a controller whose queue holds something else than names: key says which object of kind of an item is about.
func CompleteFor[R comparable](
	mgr ctrl.Manager, name string, of client.Object, key func(R) types.NamespacedName, b *builder.TypedBuilder[R], r reconcile.TypedReconciler[R],
) error {
	observed := &telemetry.Observed[R]{
		TypedReconciler: retryOnConflict(r), Name: name, Of: of, Key: key, Objects: mgr.GetClient(),
	}
	return b.Named(name).
		WithOptions(controller.TypedOptions[R]{
			MaxConcurrentReconciles: concurrency,
			RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[R](firstRetry, lastRetry),
		}).
		WithLogConstructor(observed.Logger(mgr.GetLogger())).
		Complete(observed)
}
