package scaleset

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/reconcile"
)

const (
	// parallel writes for one set; a thousand machines should not take a thousand round trips.
	parallel = 16
	// recheck makes the timeout fall due even when nothing happens.
	recheck = time.Minute
)

// Reconciler makes the machines of scale sets match them.
type Reconciler struct {
	client.Client
	// Live reads past the cache: machines that were just created must be counted, or there would be too many.
	Live  client.Reader
	Clock clock.PassiveClock
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	r.Client = client.WithFieldOwner(r.Client, v1alpha1.FieldManager)
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.ScaleSet{}).
		Owns(&v1alpha1.Machine{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: 16})
	return reconcile.Complete(mgr, "scaleset", &v1alpha1.ScaleSet{}, b, r)
}

// Reconcile one scale set.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	set := &v1alpha1.ScaleSet{}
	if err := r.Get(ctx, req.NamespacedName, set); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	result, err := r.reconcile(ctx, set)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: time.Millisecond}, nil // the cache is behind; what was decided on it is void
	}
	return result, err
}

func (r *Reconciler) reconcile(ctx context.Context, set *v1alpha1.ScaleSet) (ctrl.Result, error) {
	if set.DeletionTimestamp == nil && controllerutil.AddFinalizer(set, v1alpha1.Finalizer) {
		return ctrl.Result{}, r.Update(ctx, set)
	}
	machines, err := r.machines(ctx, set)
	if err != nil {
		return ctrl.Result{}, err
	}
	plan := Decide(set, machines)
	if err := r.record(ctx, set, machines, plan); err != nil {
		return ctrl.Result{}, err
	}
	if set.DeletionTimestamp != nil && len(machines) == 0 {
		controllerutil.RemoveFinalizer(set, v1alpha1.Finalizer)
		return ctrl.Result{}, client.IgnoreNotFound(r.Update(ctx, set))
	}
	if err := r.act(ctx, set, plan); err != nil {
		return ctrl.Result{}, err
	}
	if v1alpha1.CurrentOperation(set).State == v1alpha1.InProgress {
		return ctrl.Result{RequeueAfter: recheck}, nil
	}
	return ctrl.Result{}, nil
}

func (r *Reconciler) machines(ctx context.Context, set *v1alpha1.ScaleSet) ([]v1alpha1.Machine, error) {
	list := &v1alpha1.MachineList{}
	err := r.Live.List(ctx, list, client.InNamespace(set.Namespace), client.MatchingLabels{v1alpha1.LabelScaleSet: set.Name})
	return list.Items, err
}

// record persists status, and with it NextInstance, before anything is created. The update carries the resource version, so two processes
// can never hand out the same instance ID.
func (r *Reconciler) record(ctx context.Context, set *v1alpha1.ScaleSet, machines []v1alpha1.Machine, plan Plan) error {
	before := set.Status.DeepCopy()
	Record(set, machines, plan, metav1.NewTime(r.Clock.Now()))
	if equality.Semantic.DeepEqual(before, &set.Status) {
		return nil
	}
	return r.Status().Update(ctx, set)
}

func (r *Reconciler) act(ctx context.Context, set *v1alpha1.ScaleSet, plan Plan) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, instance := range plan.Create {
		group.Go(func() error { return r.Create(ctx, Machine(set, instance)) })
	}
	for _, m := range plan.Delete {
		group.Go(func() error { return client.IgnoreNotFound(r.Delete(ctx, &m, client.Preconditions{UID: &m.UID})) })
	}
	for _, m := range plan.Update {
		group.Go(func() error { return client.IgnoreNotFound(r.Update(ctx, &m)) })
	}
	return group.Wait()
}
