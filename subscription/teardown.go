package subscription

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
)

// tearDown takes the next step of deleting a subscription: its groups with their content, its role assignments, its namespace, its images, and
// last its finalizer. The watches reconcile it when a step is done.
func (r *Reconciler) tearDown(ctx context.Context, s *v1alpha1.Subscription) error {
	empty, err := r.emptyGroups(ctx, s)
	if err != nil || !empty {
		return err
	}
	if err := r.deleteRoles(ctx, s); err != nil {
		return err
	}
	gone, err := r.deleteNamespace(ctx, s)
	if err != nil || !gone {
		return err
	}
	if r.Images != nil {
		if err := r.Images.ForgetSubscription(ctx, s.Name); err != nil {
			return fmt.Errorf("forgetting the images of subscription %s: %w", s.Name, err)
		}
	}
	controllerutil.RemoveFinalizer(s, v1alpha1.Finalizer)
	return client.IgnoreNotFound(r.Update(ctx, s, client.FieldOwner(v1alpha1.FieldManager)))
}

// emptyGroups deletes the subscription's groups, and reports whether there are none any more. A foreign namespace has none of them.
func (r *Reconciler) emptyGroups(ctx context.Context, s *v1alpha1.Subscription) (bool, error) {
	if _, foreign, err := r.readNamespace(ctx, s); err != nil || foreign {
		return foreign, err
	}
	if err := r.deleteGroups(ctx, s); err != nil {
		return false, err
	}
	groups := &v1alpha1.ResourceGroupList{}
	if err := r.List(ctx, groups, client.InNamespace(v1alpha1.SubscriptionNamespace(s.Name))); err != nil {
		return false, fmt.Errorf("listing the groups of subscription %s: %w", s.Name, err)
	}
	return len(groups.Items) == 0, nil
}

func (r *Reconciler) deleteRoles(ctx context.Context, s *v1alpha1.Subscription) error {
	all := &v1alpha1.RoleAssignmentList{}
	if err := r.List(ctx, all); err != nil {
		return fmt.Errorf("listing role assignments: %w", err)
	}
	for i := range all.Items {
		if !strings.EqualFold(subscriptionIn(all.Items[i].Spec.Scope), s.Name) {
			continue
		}
		if err := r.Delete(ctx, &all.Items[i]); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting role assignment %s: %w", all.Items[i].Name, err)
		}
	}
	return nil
}

func (r *Reconciler) deleteNamespace(ctx context.Context, s *v1alpha1.Subscription) (gone bool, err error) {
	if _, foreign, err := r.readNamespace(ctx, s); err != nil || foreign {
		return foreign, err
	}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.SubscriptionNamespace(s.Name)}}
	err = r.Delete(ctx, ns)
	if err == nil {
		return false, nil
	}
	if client.IgnoreNotFound(err) == nil {
		return true, nil
	}
	return false, fmt.Errorf("deleting the namespace of subscription %s: %w", s.Name, err)
}
