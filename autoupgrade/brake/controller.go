package brake

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/reconcile"
)

// Reconciler watches over the roll-outs of releases.
type Reconciler struct {
	client.Client
	Clock    clock.PassiveClock
	Recorder events.EventRecorder
}

// recheck is how often a roll-out is looked at.
const recheck = time.Minute

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).For(&v1alpha1.Release{}, builder.WithPredicates(predicate.AnnotationChangedPredicate{}))
	return reconcile.Complete(mgr, "brake", &v1alpha1.Release{}, b, r)
}

// Reconcile one release.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	f := Facts{Release: &v1alpha1.Release{}, Now: r.Clock.Now()}
	if err := r.Get(ctx, request.NamespacedName, f.Release); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	var clusters v1alpha1.ManagedClusterList
	var pools v1alpha1.AgentPoolList
	for _, list := range []client.ObjectList{&clusters, &pools} {
		if err := r.List(ctx, list, client.UnsafeDisableDeepCopy); err != nil {
			return ctrl.Result{}, fmt.Errorf("listing what release %s was rolled out to: %w", f.Release.Name, err)
		}
	}
	f.Clusters, f.Pools = clusters.Items, pools.Items
	if reason, worse := Halt(f); reason != "" {
		if err := r.halt(ctx, f.Release, f.Now, reason, worse); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{RequeueAfter: recheck}, nil
}

// halt the roll-out, on condition that the operator has not just written the release.
func (r *Reconciler) halt(ctx context.Context, release *v1alpha1.Release, now time.Time, reason string, worse []string) error {
	before := release.DeepCopy()
	release.Halt(now, reason)
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := r.Patch(ctx, release, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return fmt.Errorf("halting the roll-out of release %s: %w", release.Name, err)
	}
	ctrl.LoggerFrom(ctx).Info("Halted the roll-out of a release", "reason", reason, "clusters", worse)
	r.Recorder.Eventf(release, nil, corev1.EventTypeWarning, "RolloutHalted", "Halt", "%s The first of them: %s", reason, worse[0])
	return nil
}
