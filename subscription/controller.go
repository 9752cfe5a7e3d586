// Package subscription keeps the namespace of each subscription, and acts on the subscription's state: the clusters of a deleted one are
// deleted at once (G6). It also deletes role assignments whose scope is gone, so that no role holds for a later resource of that name.
package subscription

import (
	"context"
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/operation"
	"lotse.dev/reconcile"
)

// Reconciler keeps the namespaces of subscriptions and deletes the groups of deleted ones.
type Reconciler struct {
	client.Client
	Clock clock.PassiveClock
	// Images of a deleted subscription are forgotten; nil if there are none.
	Images Images
}

// Images of subscriptions; arm/registry has them.
type Images interface {
	ForgetSubscription(ctx context.Context, id string) error
}

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	b := ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.Subscription{}).
		Watches(&corev1.Namespace{}, handler.EnqueueRequestsFromMapFunc(subscriptionOf)).
		Watches(&v1alpha1.ResourceGroup{}, handler.EnqueueRequestsFromMapFunc(subscriptionOf))
	return reconcile.Complete(mgr, "subscription", &v1alpha1.Subscription{}, b, r)
}

// Reconcile one subscription.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	subscription := &v1alpha1.Subscription{}
	if err := r.Get(ctx, request.NamespacedName, subscription); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if subscription.DeletionTimestamp != nil {
		return ctrl.Result{}, r.tearDown(ctx, subscription)
	}
	if controllerutil.AddFinalizer(subscription, v1alpha1.Finalizer) {
		return ctrl.Result{}, r.Update(ctx, subscription, client.FieldOwner(v1alpha1.FieldManager))
	}
	foreign, err := r.ensureNamespace(ctx, subscription)
	if err != nil {
		return ctrl.Result{}, err
	}
	if foreign {
		return ctrl.Result{}, r.record(ctx, subscription, operation.Fail(foreignNamespace(subscription)))
	}
	if subscription.Spec.State == v1alpha1.SubscriptionDeleted {
		if err := r.deleteGroups(ctx, subscription); err != nil {
			return ctrl.Result{}, err
		}
	}
	return ctrl.Result{}, r.record(ctx, subscription, operation.Outcome{})
}

// ensureNamespace unless the one of that name is foreign: it belongs to something else, whose content would become the subscription's.
func (r *Reconciler) ensureNamespace(ctx context.Context, s *v1alpha1.Subscription) (foreign bool, err error) {
	found, foreign, err := r.readNamespace(ctx, s)
	if err != nil || found || foreign {
		return foreign, err
	}
	_, err = apply.Create(ctx, r.Client, namespace(s))
	return false, err
}

// readNamespace reports whether the subscription's namespace is there, or a foreign one of its name.
func (r *Reconciler) readNamespace(ctx context.Context, s *v1alpha1.Subscription) (found, foreign bool, err error) {
	ns := &corev1.Namespace{}
	err = r.Get(ctx, client.ObjectKey{Name: v1alpha1.SubscriptionNamespace(s.Name)}, ns)
	if client.IgnoreNotFound(err) != nil {
		return false, false, fmt.Errorf("reading the namespace of subscription %s: %w", s.Name, err)
	}
	own := strings.EqualFold(ns.Labels[v1alpha1.LabelSubscription], s.Name)
	return err == nil && own, err == nil && !own, nil
}

func foreignNamespace(s *v1alpha1.Subscription) *v1alpha1.OperationError {
	return &v1alpha1.OperationError{
		Code: "NamespaceAlreadyExists",
		Message: fmt.Sprintf("The namespace %s of the management cluster exists and belongs to something else. Remove it, or create a subscription "+
			"with another ID.", v1alpha1.SubscriptionNamespace(s.Name)),
	}
}

// namespace of a subscription. It holds custom resources only, so it admits no privileged Pods.
func namespace(s *v1alpha1.Subscription) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: v1alpha1.SubscriptionNamespace(s.Name),
		Labels: map[string]string{
			v1alpha1.LabelSubscription:           s.Name,
			"pod-security.kubernetes.io/enforce": "restricted",
		},
	}}
}

// deleteGroups deletes the groups that customers created; node resource groups are deleted with their clusters.
func (r *Reconciler) deleteGroups(ctx context.Context, s *v1alpha1.Subscription) error {
	groups := &v1alpha1.ResourceGroupList{}
	if err := r.List(ctx, groups, client.InNamespace(v1alpha1.SubscriptionNamespace(s.Name))); err != nil {
		return fmt.Errorf("listing the groups of subscription %s: %w", s.Name, err)
	}
	for i := range groups.Items {
		g := &groups.Items[i]
		if g.DeletionTimestamp != nil || g.Spec.ManagedBy != "" {
			continue
		}
		if err := r.Delete(ctx, g); client.IgnoreNotFound(err) != nil {
			return fmt.Errorf("deleting group %s of the deleted subscription %s: %w", g.Spec.Name, s.Name, err)
		}
	}
	return nil
}

func (r *Reconciler) record(ctx context.Context, s *v1alpha1.Subscription, o operation.Outcome) error {
	before := s.DeepCopy()
	operation.Settle(s, "Subscription "+s.Name, o, metav1.NewTime(r.Clock.Now()))
	return reconcile.SaveStatus(ctx, r.Client, before, s)
}

func subscriptionOf(_ context.Context, o client.Object) []ctrl.Request {
	name := o.GetLabels()[v1alpha1.LabelSubscription]
	if name == "" {
		name, _ = strings.CutPrefix(o.GetNamespace(), v1alpha1.SubscriptionNamespace(""))
	}
	if name != "" {
		return []ctrl.Request{{NamespacedName: client.ObjectKey{Name: name}}}
	}
	return nil
}
