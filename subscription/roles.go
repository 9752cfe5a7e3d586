package subscription

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/reconcile"
)

// RoleReconciler deletes role assignments whose scope is gone.
type RoleReconciler struct {
	client.Client
	// Live reads past the cache: in a cache that is behind, a new object is missing.
	Live client.Reader
}

// SetupWithManager registers the controller.
func (r *RoleReconciler) SetupWithManager(mgr ctrl.Manager) error {
	at := handler.EnqueueRequestsFromMapFunc(r.rolesAt)
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.RoleAssignment{}).
		Watches(&v1alpha1.Subscription{}, at).
		Watches(&v1alpha1.ResourceGroup{}, at).
		Watches(&v1alpha1.ManagedCluster{}, at)
	return reconcile.Complete(mgr, "roleassignment", &v1alpha1.RoleAssignment{}, b, r)
}

// Reconcile one role assignment.
func (r *RoleReconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	a := &v1alpha1.RoleAssignment{}
	if err := r.Get(ctx, request.NamespacedName, a); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	o, key := subject(a.Spec.Scope)
	if o == nil || a.Spec.ScopeUID == "" {
		return ctrl.Result{}, nil
	}
	err := r.Live.Get(ctx, key, o)
	if client.IgnoreNotFound(err) != nil {
		return ctrl.Result{}, fmt.Errorf("reading the object at %s: %w", a.Spec.Scope, err)
	}
	if !orphaned(a.Spec.ScopeUID, o.GetUID(), err == nil) {
		return ctrl.Result{}, nil
	}
	return ctrl.Result{}, client.IgnoreNotFound(r.Delete(ctx, a))
}

// orphaned decides whether the object that a role was assigned at is gone, even if another one has its name now.
func orphaned(assigned, present types.UID, exists bool) bool { return !exists || assigned != present }

// subject is the object at a scope; nil if Lotse has no object for the scope.
func subject(scope string) (client.Object, client.ObjectKey) {
	s := strings.Split(strings.Trim(scope, "/"), "/")
	sub := subscriptionIn(scope)
	in := func(o client.Object) (client.Object, client.ObjectKey) {
		return o, client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub), Name: v1alpha1.ObjectName(scope)}
	}
	switch {
	case len(s) == 2 && sub != "":
		return &v1alpha1.Subscription{}, client.ObjectKey{Name: sub}
	case len(s) == 4 && sub != "":
		return in(&v1alpha1.ResourceGroup{})
	case len(s) == 8 && sub != "" && strings.EqualFold(s[6], "managedClusters"):
		return in(&v1alpha1.ManagedCluster{})
	}
	return nil, client.ObjectKey{}
}

// subscriptionIn is the GUID in a scope in lower case; "" if there is none.
func subscriptionIn(scope string) string {
	s := strings.Split(strings.Trim(strings.ToLower(scope), "/"), "/")
	if len(s) < 2 || s[0] != "subscriptions" {
		return ""
	}
	return s[1]
}

// rolesAt are the assignments at an object.
func (r *RoleReconciler) rolesAt(ctx context.Context, o client.Object) []ctrl.Request {
	all := &v1alpha1.RoleAssignmentList{}
	if err := r.List(ctx, all); err != nil {
		return nil // the cache of a running manager can always be read
	}
	var found []ctrl.Request
	for _, a := range all.Items {
		if s, key := subject(a.Spec.Scope); s != nil && key == client.ObjectKeyFromObject(o) {
			found = append(found, ctrl.Request{NamespacedName: client.ObjectKey{Name: a.Name}})
		}
	}
	return found
}
