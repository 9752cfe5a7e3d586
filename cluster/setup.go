package cluster

import (
	"context"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/reconcile"
)

// concurrency bounds how many clusters are worked on at once: provisioning waits for API servers more than it works.
const concurrency = 16

// SetupWithManager lets the manager call Reconcile for clusters and for whatever a cluster is made of.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	// The status is this controller's own, but for what is known of the store: its writes must not call it again.
	changed := builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, storeChanged()))
	parts := builder.WithPredicates(predicate.NewPredicateFuncs(partOfControlPlane))
	owner := handler.EnqueueRequestsFromMapFunc(clusterOf)
	b := ctrl.NewControllerManagedBy(mgr).
		WithOptions(controller.Options{MaxConcurrentReconciles: concurrency}).
		For(&v1alpha1.ManagedCluster{}, changed).
		Watches(&v1alpha1.ManagedCluster{}, handler.EnqueueRequestsFromMapFunc(r.whoWaits), builder.WithPredicates(endsTurn)).
		Watches(&v1alpha1.AgentPool{}, owner).
		Watches(&v1alpha1.ResourceGroup{}, owner).
		Watches(&corev1.Namespace{}, owner).
		Watches(&corev1.Pod{}, owner, parts).
		Watches(&corev1.Service{}, owner, parts).
		Watches(&corev1.Secret{}, owner, parts).
		Watches(&appsv1.Deployment{}, owner, parts).
		Watches(&appsv1.StatefulSet{}, owner, parts)
	return reconcile.Complete(mgr, "cluster", &v1alpha1.ManagedCluster{}, b, r)
}

// storeChanged lets news of the store through, and the operator's word on its quota.
func storeChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(*v1alpha1.ManagedCluster)
		now, too := e.ObjectNew.(*v1alpha1.ManagedCluster)
		return ok && too && (!equality.Semantic.DeepEqual(before.Status.Store, now.Status.Store) ||
			before.Annotations[v1alpha1.AnnotationEtcdQuota] != now.Annotations[v1alpha1.AnnotationEtcdQuota])
	}}
}

// partOfControlPlane lets machines' Pods and Secrets pass by, which carry the cluster's label too.
func partOfControlPlane(o client.Object) bool { return o.GetLabels()[v1alpha1.LabelComponent] != "" }

// clusterOf finds the cluster of an object by its labels.
func clusterOf(_ context.Context, o client.Object) []reconcile.Request {
	cluster, subscription := o.GetLabels()[v1alpha1.LabelCluster], o.GetLabels()[v1alpha1.LabelSubscription]
	namespace := v1alpha1.SubscriptionNamespace(subscription)
	switch o.(type) {
	case *v1alpha1.AgentPool, *v1alpha1.ResourceGroup:
		namespace = o.GetNamespace()
	}
	if cluster == "" || namespace == v1alpha1.SubscriptionNamespace("") {
		return nil
	}
	return []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: namespace, Name: cluster}}}
}
