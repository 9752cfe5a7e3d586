package agentpool

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/reconcile"
)

// recheck makes the timeout fall due even when nothing happens.
const recheck = time.Minute

// Reconciler keeps each pool's scale set.
type Reconciler struct {
	client.Client
	Clock clock.PassiveClock
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	r.Client = client.WithFieldOwner(r.Client, v1alpha1.FieldManager)
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.AgentPool{}).
		Owns(&v1alpha1.ScaleSet{}).
		Watches(&v1alpha1.Machine{}, handler.EnqueueRequestsFromMapFunc(poolOfMachine)).
		Watches(&v1alpha1.ManagedCluster{}, handler.EnqueueRequestsFromMapFunc(r.poolsOfCluster)).
		Watches(&v1alpha1.Release{}, handler.EnqueueRequestsFromMapFunc(r.poolsOfRelease)).
		WithOptions(controller.Options{MaxConcurrentReconciles: 16})
	return reconcile.Complete(mgr, "agentpool", &v1alpha1.AgentPool{}, b, r)
}

// Reconcile one pool.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	pool := &v1alpha1.AgentPool{}
	if err := r.Get(ctx, req.NamespacedName, pool); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	result, err := r.reconcile(ctx, pool)
	if apierrors.IsConflict(err) {
		return ctrl.Result{RequeueAfter: time.Millisecond}, nil // the cache is behind; what was decided on it is void
	}
	return result, err
}

func (r *Reconciler) reconcile(ctx context.Context, pool *v1alpha1.AgentPool) (ctrl.Result, error) {
	if pool.DeletionTimestamp == nil && controllerutil.AddFinalizer(pool, v1alpha1.Finalizer) {
		return ctrl.Result{}, r.Update(ctx, pool)
	}
	facts, err := r.converge(ctx, pool)
	if err != nil {
		return ctrl.Result{}, err
	}
	outcome := Decide(facts)
	if err := r.record(ctx, facts, outcome); err != nil {
		return ctrl.Result{}, err
	}
	if pool.DeletionTimestamp != nil && outcome.Done() {
		controllerutil.RemoveFinalizer(pool, v1alpha1.Finalizer)
		return ctrl.Result{}, client.IgnoreNotFound(r.Update(ctx, pool))
	}
	if !outcome.Done() {
		return ctrl.Result{RequeueAfter: recheck}, nil
	}
	return ctrl.Result{}, nil
}

// converge writes or deletes the scale set as the pool wants it, and returns the facts as they are then.
func (r *Reconciler) converge(ctx context.Context, pool *v1alpha1.AgentPool) (Facts, error) {
	facts := Facts{Pool: pool}
	inputs, err := r.gather(ctx, pool)
	if err != nil {
		return facts, err
	}
	facts.Missing, facts.OwnNetwork = inputs.missing, inputs.cluster.Spec.Network.Plugin == "none"
	if facts.Set, facts.Machines, err = r.infrastructure(ctx, pool); err != nil {
		return facts, err
	}
	switch {
	case pool.DeletionTimestamp != nil:
		err = r.deleteSets(ctx, pool)
	case facts.mayWrite():
		err = r.applySet(ctx, &facts, inputs)
	default:
		return facts, nil
	}
	if err != nil {
		return facts, err
	}
	facts.Set, facts.Machines, err = r.infrastructure(ctx, pool)
	return facts, err
}

// mayWrite tells when the scale set is written: while an operation says what it is to be. Between operations it belongs to whoever
// changes it, but a set that somebody deleted is made again.
func (f Facts) mayWrite() bool {
	return f.Missing == "" && (v1alpha1.CurrentOperation(f.Pool).State == v1alpha1.InProgress || f.Set == nil)
}

func (r *Reconciler) applySet(ctx context.Context, f *Facts, in inputs) error {
	set, err := ScaleSet(f.Pool, in.cluster, in.release)
	if err != nil {
		f.Missing = err.Error()
		return nil
	}
	f.Want = &set.Spec.Model
	return apply.Object(ctx, r.Client, set)
}

func (r *Reconciler) deleteSets(ctx context.Context, pool *v1alpha1.AgentPool) error {
	sets := &v1alpha1.ScaleSetList{}
	if err := r.List(ctx, sets, mine(pool)...); err != nil {
		return err
	}
	for _, set := range sets.Items {
		if set.DeletionTimestamp != nil {
			continue
		}
		if err := client.IgnoreNotFound(r.Delete(ctx, &set)); err != nil {
			return err
		}
	}
	return nil
}

func (r *Reconciler) record(ctx context.Context, f Facts, o Outcome) error {
	before := f.Pool.Status.DeepCopy()
	Record(f, o, metav1.NewTime(r.Clock.Now()))
	if equality.Semantic.DeepEqual(before, &f.Pool.Status) {
		return nil
	}
	return r.Status().Update(ctx, f.Pool)
}
