package cluster

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/abort"
	"lotse.dev/cluster/plan"
	"lotse.dev/operation"
	"lotse.dev/reconcile"
)

// settle writes what is known and how far the operation is into the cluster's status. The operation of a deletion needs no end: an object
// that is gone has been deleted.
func (r *Reconciler) settle(ctx context.Context, f *facts, p plan.Plan) (ctrl.Result, error) {
	if len(abort.Steps(f.cluster, f.provision.Pools)) > 0 { // an operation that is aborted ends after those of its pools
		return again(p)
	}
	if controllerutil.ContainsFinalizer(f.cluster, v1alpha1.Finalizer) {
		f.cluster.Status = p.Status
		operation.Settle(f.cluster, "The cluster", p.Outcome, metav1.NewTime(r.Clock.Now()))
		if err := reconcile.SaveStatus(ctx, r.Client, f.before, f.cluster); err != nil {
			return ctrl.Result{}, err
		}
	}
	if f.cluster.AtRest() {
		r.rest(f.cluster)
	}
	return again(p)
}

// again is when the cluster is looked at next: at growing intervals after an error, else when the plan says.
func again(p plan.Plan) (ctrl.Result, error) {
	if p.Trouble != nil {
		return ctrl.Result{}, p.Trouble
	}
	return ctrl.Result{RequeueAfter: p.Recheck}, nil
}
