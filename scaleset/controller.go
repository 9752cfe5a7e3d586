package scaleset

import (
	"context"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
	"lotse.dev/reconcile"
)

// parallel writes for one set, so that a thousand machines do not take a thousand round trips.
const parallel = 16

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
		Watches(&v1alpha1.AgentPool{}, handler.EnqueueRequestsFromMapFunc(r.setsOfPool), builder.WithPredicates(operationTurned))
	return reconcile.Complete(mgr, "scaleset", &v1alpha1.ScaleSet{}, b, r)
}

// Reconcile one scale set. It settles before it acts: the status carries NextInstance, which must be stored before a machine is created.
func (r *Reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	set := &v1alpha1.ScaleSet{}
	if err := r.Get(ctx, req.NamespacedName, set); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if set.DeletionTimestamp == nil && controllerutil.AddFinalizer(set, v1alpha1.Finalizer) {
		return ctrl.Result{}, r.Update(ctx, set)
	}
	facts, err := r.gather(ctx, set)
	if err != nil {
		return ctrl.Result{}, err
	}
	plan := Decide(facts)
	outcome := Outcome(facts, plan)
	if err := r.settle(ctx, facts, plan, outcome); err != nil {
		return ctrl.Result{}, err
	}
	if err := r.act(ctx, set, plan); err != nil {
		return ctrl.Result{}, err
	}
	switch {
	case !outcome.Done():
		return ctrl.Result{RequeueAfter: plan.recheck()}, nil
	case set.DeletionTimestamp != nil:
		controllerutil.RemoveFinalizer(set, v1alpha1.Finalizer)
		return ctrl.Result{}, client.IgnoreNotFound(r.Update(ctx, set))
	}
	return ctrl.Result{}, nil
}

func (r *Reconciler) gather(ctx context.Context, set *v1alpha1.ScaleSet) (Facts, error) {
	list := &v1alpha1.MachineList{}
	err := r.Live.List(ctx, list, client.InNamespace(set.Namespace), client.MatchingLabels{v1alpha1.LabelScaleSet: set.Name})
	if err != nil {
		return Facts{}, err
	}
	f := Facts{Set: set, Machines: list.Items}
	return f, r.gatherRollout(ctx, &f)
}

// settle writes the status before anything is created. It fails if the set was changed since it was read, so two processes can never hand
// out the same instance ID.
func (r *Reconciler) settle(ctx context.Context, f Facts, plan Plan, outcome operation.Outcome) error {
	before := f.Set.DeepCopy()
	observe(f, plan)
	operation.Settle(f.Set, "Scale set "+f.Set.Spec.Name, outcome, metav1.NewTime(r.Clock.Now()))
	return reconcile.SaveStatus(ctx, r.Client, before, f.Set)
}

func (r *Reconciler) act(ctx context.Context, set *v1alpha1.ScaleSet, plan Plan) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for _, instance := range plan.Create {
		group.Go(func() error { return r.Create(ctx, Machine(set, instance)) })
	}
	for _, instance := range plan.Surge {
		group.Go(func() error { return r.Create(ctx, surge(set, instance)) })
	}
	for _, m := range plan.Delete {
		group.Go(func() error { return client.IgnoreNotFound(r.Delete(ctx, &m, client.Preconditions{UID: &m.UID})) })
	}
	for _, m := range plan.Update {
		group.Go(func() error { return client.IgnoreNotFound(r.Update(ctx, &m)) })
	}
	return group.Wait()
}
