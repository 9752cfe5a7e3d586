package agentpool

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/operation"
	"lotse.dev/reconcile"
)

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
		Watches(&v1alpha1.Release{}, handler.EnqueueRequestsFromMapFunc(r.poolsOfRelease))
	return reconcile.Complete(mgr, "agentpool", &v1alpha1.AgentPool{}, b, r)
}

// Reconcile one pool. It acts before it settles: an operation must not succeed before its scale set is written.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	pool := &v1alpha1.AgentPool{}
	if err := r.Get(ctx, req.NamespacedName, pool); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if pool.DeletionTimestamp == nil && controllerutil.AddFinalizer(pool, v1alpha1.Finalizer) {
		return ctrl.Result{}, r.Update(ctx, pool)
	}
	facts, err := r.gather(ctx, pool)
	if err != nil {
		return ctrl.Result{}, err
	}
	plan := Decide(facts)
	if err := r.act(ctx, plan); err != nil {
		return ctrl.Result{}, err
	}
	outcome := Outcome(facts, plan)
	if err := r.settle(ctx, facts, outcome); err != nil {
		return ctrl.Result{}, err
	}
	switch {
	case !outcome.Done():
		return ctrl.Result{RequeueAfter: operation.Recheck}, nil
	case pool.DeletionTimestamp != nil:
		controllerutil.RemoveFinalizer(pool, v1alpha1.Finalizer)
		return ctrl.Result{}, client.IgnoreNotFound(r.Update(ctx, pool))
	}
	return ctrl.Result{}, nil
}

func (r *Reconciler) act(ctx context.Context, plan Plan) error {
	for i := range plan.Delete {
		if err := client.IgnoreNotFound(r.Delete(ctx, &plan.Delete[i])); err != nil {
			return err
		}
	}
	if plan.Apply == nil {
		return nil
	}
	return apply.Ensure(ctx, r.Client, plan.Apply)
}

func (r *Reconciler) settle(ctx context.Context, f Facts, outcome operation.Outcome) error {
	before := f.Pool.DeepCopy()
	observe(f)
	operation.Settle(f.Pool, "Pool "+f.Pool.Spec.Name, outcome, metav1.NewTime(r.Clock.Now()))
	return reconcile.SaveStatus(ctx, r.Client, before, f.Pool)
}
