package bootstrap

import (
	"context"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes"
	rbacclient "k8s.io/client-go/kubernetes/typed/rbac/v1"
	"k8s.io/component-helpers/auth/rbac/reconciliation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// key of an object; the namespace of one of the whole cluster is empty.
type key struct{ namespace, name string }

// existing are the roles and bindings that are there.
type existing struct {
	roles    map[key]reconciliation.RuleOwner
	bindings map[key]reconciliation.RoleBinding
}

func list(ctx context.Context, client kubernetes.Interface) (existing, error) {
	there := existing{map[key]reconciliation.RuleOwner{}, map[key]reconciliation.RoleBinding{}}
	clusterRoles, err := client.RbacV1().ClusterRoles().List(ctx, metav1.ListOptions{})
	if err != nil {
		return there, err
	}
	for _, r := range clusterRoles.Items {
		there.roles[key{"", r.Name}] = reconciliation.ClusterRoleRuleOwner{ClusterRole: &r}
	}
	clusterBindings, err := client.RbacV1().ClusterRoleBindings().List(ctx, metav1.ListOptions{})
	if err != nil {
		return there, err
	}
	for _, b := range clusterBindings.Items {
		there.bindings[key{"", b.Name}] = reconciliation.ClusterRoleBindingAdapter{ClusterRoleBinding: &b}
	}
	// The system's own are in two namespaces; a customer may have thousands in others.
	for namespace := range bootstrappolicy.NamespaceRoles() {
		if err := there.listIn(ctx, client.RbacV1(), namespace); err != nil {
			return there, err
		}
	}
	return there, nil
}

func (t existing) listIn(ctx context.Context, client rbacclient.RbacV1Interface, namespace string) error {
	roles, err := client.Roles(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, r := range roles.Items {
		t.roles[key{namespace, r.Name}] = reconciliation.RoleRuleOwner{Role: &r}
	}
	bindings, err := client.RoleBindings(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, b := range bindings.Items {
		t.bindings[key{namespace, b.Name}] = reconciliation.RoleBindingAdapter{RoleBinding: &b}
	}
	return nil
}

// listedRoles reads from the list, and writes.
type listedRoles struct {
	reconciliation.RuleOwnerModifier
	there existing
}

func (l listedRoles) Get(namespace, name string) (reconciliation.RuleOwner, error) {
	if role, found := l.there.roles[key{namespace, name}]; found {
		return role.DeepCopyRuleOwner(), nil
	}
	return nil, apierrors.NewNotFound(schema.GroupResource{Group: rbacv1.GroupName, Resource: "roles"}, name)
}

// listedBindings reads from the list, and writes.
type listedBindings struct {
	reconciliation.RoleBindingModifier
	there existing
}

func (l listedBindings) Get(namespace, name string) (reconciliation.RoleBinding, error) {
	if binding, found := l.there.bindings[key{namespace, name}]; found {
		return binding.DeepCopyRoleBinding(), nil
	}
	return nil, apierrors.NewNotFound(schema.GroupResource{Group: rbacv1.GroupName, Resource: "rolebindings"}, name)
}
