package machine

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/hosted"
)

// machineOfPod follows a Pod's labels back to its machine in the subscription's namespace.
func machineOfPod(_ context.Context, o client.Object) []ctrl.Request {
	name, subscription := o.GetLabels()[v1alpha1.LabelMachine], o.GetLabels()[v1alpha1.LabelSubscription]
	if name == "" || subscription == "" {
		return nil
	}
	return []ctrl.Request{{NamespacedName: types.NamespacedName{Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: name}}}
}

func (r *Reconciler) machinesOfCluster(ctx context.Context, o client.Object) []ctrl.Request {
	return r.machines(ctx, hosted.Event{Cluster: client.ObjectKeyFromObject(o)})
}

func (r *Reconciler) machinesOfNode(ctx context.Context, e hosted.Event) []ctrl.Request {
	return r.machines(ctx, e)
}

// machines that an event concerns: that of one node, or all of a cluster.
func (r *Reconciler) machines(ctx context.Context, e hosted.Event) []ctrl.Request {
	list := &v1alpha1.MachineList{}
	err := r.List(ctx, list, client.InNamespace(e.Cluster.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: e.Cluster.Name})
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "listing machines", "cluster", e.Cluster)
		return nil
	}
	var requests []ctrl.Request
	for _, m := range list.Items {
		if e.Name == "" || e.Name == m.Spec.Hostname {
			requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&m)})
		}
	}
	return requests
}

// machinesOfScaleSet are those of a set that halts or goes on.
func (r *Reconciler) machinesOfScaleSet(ctx context.Context, o client.Object) []ctrl.Request {
	list := &v1alpha1.MachineList{}
	if err := r.List(ctx, list, client.InNamespace(o.GetNamespace()), client.MatchingLabels{v1alpha1.LabelScaleSet: o.GetName()}); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "listing machines", "scaleSet", client.ObjectKeyFromObject(o))
		return nil
	}
	var requests []ctrl.Request
	for _, m := range list.Items {
		requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(&m)})
	}
	return requests
}

// haltOrPower passes those changes of a scale set that its machines are decided by: their own specs have the rest.
var haltOrPower = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ScaleSet)
		after, okToo := e.ObjectNew.(*v1alpha1.ScaleSet)
		return !ok || !okToo || before.Spec.Halted != after.Spec.Halted || before.Spec.PowerState != after.Spec.PowerState ||
			before.DeletionTimestamp.IsZero() != after.DeletionTimestamp.IsZero()
	},
}

// endpointOrDeletion passes the changes of a cluster that its machines wait for.
var endpointOrDeletion = predicate.Funcs{
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ManagedCluster)
		after, okToo := e.ObjectNew.(*v1alpha1.ManagedCluster)
		return !ok || !okToo || before.Status.Endpoint != after.Status.Endpoint || trustOf(before) != trustOf(after) ||
			before.DeletionTimestamp.IsZero() != after.DeletionTimestamp.IsZero()
	},
}

// trustOf is the hash of the authorities that a cluster's machines have to trust; empty if they were never replaced.
func trustOf(c *v1alpha1.ManagedCluster) string {
	if c.Status.Rotation == nil {
		return ""
	}
	return c.Status.Rotation.Trust
}
