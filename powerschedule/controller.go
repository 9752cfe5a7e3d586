package powerschedule

import (
	"context"
	"fmt"
	"time"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/reconcile"
)

// Switch asks for the power state of a cluster as a person's request does; arm.Server has it.
type Switch interface {
	// SetPower returns why the request is refused, or "". Nothing is changed then. The error means that the request could not be decided.
	SetPower(ctx context.Context, c *v1alpha1.ManagedCluster, to v1alpha1.PowerState, correlationID string) (refused string, err error)
}

// Reconciler follows power schedules.
type Reconciler struct {
	client.Client
	// Clock in which schedules are read. It may be ahead of real time.
	Clock  clock.PassiveClock
	Switch Switch
}

// recheck is how often a schedule is looked at: its clock may be set, and a cluster that was busy may be idle again.
const recheck = 30 * time.Second

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).For(&v1alpha1.PowerSchedule{}, builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	return reconcile.Complete(mgr, "powerschedule", &v1alpha1.PowerSchedule{}, b, r)
}

// Reconcile one schedule.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	s, c := &v1alpha1.PowerSchedule{}, &v1alpha1.ManagedCluster{}
	if err := r.Get(ctx, request.NamespacedName, s); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if err := r.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: s.Spec.Cluster}, c); err != nil {
		return ctrl.Result{RequeueAfter: recheck}, client.IgnoreNotFound(err) // it is collected with its cluster, or the cache does not have that yet
	}
	if !c.IsOwner(s.OwnerReferences) {
		return ctrl.Result{RequeueAfter: recheck}, nil
	}
	before := s.DeepCopy()
	now := r.Clock.Now()
	d := Decide(Facts{Spec: s.Spec, Status: s.Status, Cluster: c, Now: now})
	s.Status = d.Status
	if d.Ask != nil {
		if err := r.ask(ctx, s, c, *d.Ask); err != nil {
			return ctrl.Result{}, err
		}
	}
	if err := reconcile.SaveStatus(ctx, r.Client, before, s); err != nil {
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: pause(s.Status, d.Next, now)}, nil
}

// ask for what a time of the schedule wants, and note the answer.
func (r *Reconciler) ask(ctx context.Context, s *v1alpha1.PowerSchedule, c *v1alpha1.ManagedCluster, e v1alpha1.PowerEvent) error {
	refused, err := r.Switch.SetPower(ctx, c, e.PowerState, CorrelationID(e))
	if err != nil {
		return fmt.Errorf("asking for power state %s of cluster %s: %w", e.PowerState, c.Name, err)
	}
	if refused != "" {
		e.Message = refused
		s.Status.Waiting = &e
		return nil
	}
	e.Result = v1alpha1.PowerRequested
	s.Status = v1alpha1.PowerScheduleStatus{Last: &e}
	return nil
}

// pause until a schedule is looked at again; none if it has no time to come and waits for nothing.
func pause(status v1alpha1.PowerScheduleStatus, next, now time.Time) time.Duration {
	switch {
	case status.Waiting != nil:
		return recheck
	case next.IsZero():
		return 0
	}
	return min(recheck, max(time.Second, next.Sub(now)))
}
