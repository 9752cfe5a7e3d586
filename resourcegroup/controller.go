// Package resourcegroup finishes writes of resource groups, and deletes what a deleted group contains before the group itself.
package resourcegroup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
	"lotse.dev/reconcile"
)

// Reconciler finishes writes of resource groups and empties groups that are being deleted.
type Reconciler struct {
	client.Client
	Clock clock.PassiveClock
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.ResourceGroup{}).
		Watches(&v1alpha1.ManagedCluster{}, handler.EnqueueRequestsFromMapFunc(groupOf)).
		Watches(&v1alpha1.ScaleSet{}, handler.EnqueueRequestsFromMapFunc(groupOf))
	return reconcile.Complete(mgr, "resourcegroup", &v1alpha1.ResourceGroup{}, b, r)
}

// Reconcile one group.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	group := &v1alpha1.ResourceGroup{}
	if err := r.Get(ctx, request.NamespacedName, group); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if group.DeletionTimestamp == nil && controllerutil.AddFinalizer(group, v1alpha1.Finalizer) {
		return ctrl.Result{}, r.Update(ctx, group, client.FieldOwner(v1alpha1.FieldManager))
	}
	left, err := r.content(ctx, group)
	if err != nil {
		return ctrl.Result{}, err
	}
	if err := r.record(ctx, group, left); err != nil {
		return ctrl.Result{}, err
	}
	if group.DeletionTimestamp == nil {
		return ctrl.Result{}, nil
	}
	return r.empty(ctx, group, left)
}

// content of the group: clusters, or the scale sets of a node resource group.
func (r *Reconciler) content(ctx context.Context, group *v1alpha1.ResourceGroup) ([]client.Object, error) {
	clusters, sets := &v1alpha1.ManagedClusterList{}, &v1alpha1.ScaleSetList{}
	for _, list := range []client.ObjectList{clusters, sets} {
		if err := r.List(ctx, list, client.InNamespace(group.Namespace)); err != nil {
			return nil, fmt.Errorf("listing what is in group %s: %w", group.Spec.Name, err)
		}
	}
	var all []client.Object
	for i := range clusters.Items {
		all = append(all, &clusters.Items[i])
	}
	for i := range sets.Items {
		all = append(all, &sets.Items[i])
	}
	id := v1alpha1.ResourceGroupID(strings.TrimPrefix(group.Namespace, v1alpha1.SubscriptionNamespace("")), group.Spec.Name)
	return slices.DeleteFunc(all, func(o client.Object) bool { return !v1alpha1.SameID(groupID(o), id) }), nil
}

// record writes how far the operation is.
func (r *Reconciler) record(ctx context.Context, group *v1alpha1.ResourceGroup, left []client.Object) error {
	before := group.DeepCopy()
	outcome := operation.Outcome{}
	if group.DeletionTimestamp != nil {
		outcome.Waiting = waiting(left)
	}
	operation.Settle(group, "Resource group "+group.Spec.Name, outcome, metav1.NewTime(r.Clock.Now()))
	return reconcile.SaveStatus(ctx, r.Client, before, group)
}

// empty deletes what is left, and removes the group's finalizer when nothing is.
func (r *Reconciler) empty(ctx context.Context, group *v1alpha1.ResourceGroup, left []client.Object) (ctrl.Result, error) {
	if len(left) == 0 {
		controllerutil.RemoveFinalizer(group, v1alpha1.Finalizer)
		return ctrl.Result{}, client.IgnoreNotFound(r.Update(ctx, group, client.FieldOwner(v1alpha1.FieldManager)))
	}
	for _, o := range left {
		if o.GetDeletionTimestamp() != nil {
			continue
		}
		if err := r.Delete(ctx, o); client.IgnoreNotFound(err) != nil {
			return ctrl.Result{}, fmt.Errorf("emptying group %s: %w", group.Spec.Name, err)
		}
	}
	return ctrl.Result{RequeueAfter: time.Minute}, nil // the watches reconcile sooner
}

func waiting(left []client.Object) string {
	if len(left) == 0 {
		return ""
	}
	names := make([]string, 0, len(left))
	for _, o := range left {
		names = append(names, displayName(o))
	}
	slices.Sort(names)
	return "the deletion of " + strings.Join(names, ", ")
}

func groupOf(_ context.Context, o client.Object) []ctrl.Request {
	id := groupID(o)
	if id == "" {
		return nil
	}
	return []ctrl.Request{{NamespacedName: client.ObjectKey{Namespace: o.GetNamespace(), Name: v1alpha1.ObjectName(id)}}}
}

// groupID is the ARM ID of the group that contains o.
func groupID(o client.Object) string {
	switch o := o.(type) {
	case *v1alpha1.ManagedCluster:
		return v1alpha1.ResourceGroupID(o.Spec.SubscriptionID, o.Spec.ResourceGroup)
	case *v1alpha1.ScaleSet:
		return v1alpha1.ResourceGroupID(o.Spec.SubscriptionID, o.Spec.ResourceGroup)
	}
	return ""
}

func displayName(o client.Object) string {
	switch o := o.(type) {
	case *v1alpha1.ManagedCluster:
		return "managed cluster " + o.Spec.Name
	case *v1alpha1.ScaleSet:
		return "scale set " + o.Spec.Name
	}
	return o.GetName()
}
