package cluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/queue"
	"lotse.dev/reconcile"
)

// SetupWithManager lets the manager call Reconcile for clusters and for the objects that it consists of.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	// The status is this controller's own, but for what is known of the store: its writes must not cause another.
	changed := builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, storeChanged()))
	parts := builder.WithPredicates(predicate.NewPredicateFuncs(partOfControlPlane))
	owner := handler.EnqueueRequestsFromMapFunc(clusterOf)
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.ManagedCluster{}, changed).
		Watches(&v1alpha1.ManagedCluster{}, handler.EnqueueRequestsFromMapFunc(r.queued), builder.WithPredicates(leavesQueue)).
		Watches(&v1alpha1.AgentPool{}, owner).
		Watches(&v1alpha1.Machine{}, owner, builder.WithPredicates(trustChanged)).
		Watches(&v1alpha1.ResourceGroup{}, owner).
		Watches(&corev1.Namespace{}, owner).
		Watches(&corev1.Pod{}, owner, parts).
		Watches(&corev1.Service{}, owner, parts).
		Watches(&corev1.Secret{}, owner, parts).
		Watches(&appsv1.Deployment{}, owner, parts).
		Watches(&appsv1.StatefulSet{}, owner, parts)
	return reconcile.Complete(mgr, "cluster", &v1alpha1.ManagedCluster{}, b, r)
}

// storeChanged lets changes of what is known of the store through, and of the quota that the operator set.
func storeChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ManagedCluster)
		now, too := e.ObjectNew.(*v1alpha1.ManagedCluster)
		return ok && too && (!equality.Semantic.DeepEqual(before.Status.Store, now.Status.Store) ||
			before.Annotations[v1alpha1.AnnotationEtcdQuota] != now.Annotations[v1alpha1.AnnotationEtcdQuota])
	}}
}

// trustChanged lets those changes of a machine through that a rotation waits for.
var trustChanged = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	DeleteFunc: func(event.DeleteEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.Machine)
		after, too := e.ObjectNew.(*v1alpha1.Machine)
		return ok && too && before.Status.Trust != after.Status.Trust
	},
}

// partOfControlPlane leaves out machines' Pods and Secrets, which carry the cluster's label too.
func partOfControlPlane(o client.Object) bool { return o.GetLabels()[v1alpha1.LabelComponent] != "" }

// clusterOf finds the cluster of an object by its labels.
func clusterOf(_ context.Context, o client.Object) []ctrl.Request {
	cluster, subscription := o.GetLabels()[v1alpha1.LabelCluster], o.GetLabels()[v1alpha1.LabelSubscription]
	namespace := v1alpha1.SubscriptionNamespace(subscription)
	switch o.(type) {
	case *v1alpha1.AgentPool, *v1alpha1.ResourceGroup, *v1alpha1.Machine:
		namespace = o.GetNamespace()
	}
	if cluster == "" || namespace == v1alpha1.SubscriptionNamespace("") {
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: namespace, Name: cluster}}}
}

// leavesQueue lets those changes of a cluster through after which another one may be admitted. That a slot has timed
// out sends no event; clusters that wait look again after a while.
var leavesQueue = predicate.Funcs{
	CreateFunc: func(event.CreateEvent) bool { return false },
	UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ManagedCluster)
		after, too := e.ObjectNew.(*v1alpha1.ManagedCluster)
		return ok && too && queue.MakesWay(before, after)
	},
}

// queued are the clusters in the provisioning queue.
func (r *Reconciler) queued(ctx context.Context, _ client.Object) []ctrl.Request {
	all := &v1alpha1.ManagedClusterList{}
	if err := r.List(ctx, all, client.UnsafeDisableDeepCopy); err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "listing the provisioning queue")
		return nil // each looks again by itself
	}
	var requests []ctrl.Request
	for i := range all.Items {
		if c := &all.Items[i]; queue.Waits(c) {
			requests = append(requests, ctrl.Request{NamespacedName: client.ObjectKeyFromObject(c)})
		}
	}
	return requests
}
