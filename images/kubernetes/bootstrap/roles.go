package bootstrap

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/component-helpers/auth/rbac/reconciliation"
	"k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy"
)

// ensureRoles creates and completes the roles and bindings of the system, as upstream's policy does: what is there is compared with what should be
// there, and only additions are made. Upstream reads each of some 170 objects; here they are listed. A try that fails, such as by a conflict, is repeated
// with new lists.
func ensureRoles(ctx context.Context, client kubernetes.Interface) (bool, error) {
	there, err := list(ctx, client)
	if err == nil {
		err = there.migrate(ctx, client)
	}
	if err != nil {
		utilruntime.HandleError(fmt.Errorf("unable to initialize RBAC: %w", err))
		return false, nil
	}
	failed := together(append(there.roleTasks(client), there.bindingTasks(client)...))
	if failed != nil {
		utilruntime.HandleError(fmt.Errorf("unable to reconcile RBAC: %w", failed))
	}
	return failed == nil, nil
}

// atOnce is how many roles and bindings are written at a time: etcd then syncs its log once for several.
const atOnce = 8

// together runs all tasks and returns all that failed.
func together(tasks []func() error) error {
	failed := make([]error, len(tasks))
	var running errgroup.Group
	running.SetLimit(atOnce)
	for i, task := range tasks {
		running.Go(func() error {
			failed[i] = task()
			return nil
		})
	}
	_ = running.Wait() // no task returns its error to it: the others go on
	return errors.Join(failed...)
}

func (t existing) roleTasks(client kubernetes.Interface) (tasks []func() error) {
	for _, role := range append(bootstrappolicy.ClusterRoles(), bootstrappolicy.ControllerRoles()...) {
		tasks = append(tasks, func() error {
			return t.reconcileRole(reconciliation.ClusterRoleRuleOwner{ClusterRole: &role},
				reconciliation.ClusterRoleModifier{Client: client.RbacV1().ClusterRoles()})
		})
	}
	for _, roles := range bootstrappolicy.NamespaceRoles() {
		for _, role := range roles {
			tasks = append(tasks, func() error {
				return t.reconcileRole(reconciliation.RoleRuleOwner{Role: &role},
					reconciliation.RoleModifier{Client: client.RbacV1(), NamespaceClient: client.CoreV1().Namespaces()})
			})
		}
	}
	return tasks
}

func (t existing) bindingTasks(client kubernetes.Interface) (tasks []func() error) {
	for _, binding := range append(bootstrappolicy.ClusterRoleBindings(), bootstrappolicy.ControllerRoleBindings()...) {
		tasks = append(tasks, func() error {
			return t.reconcileBinding(reconciliation.ClusterRoleBindingAdapter{ClusterRoleBinding: &binding},
				reconciliation.ClusterRoleBindingClientAdapter{Client: client.RbacV1().ClusterRoleBindings()})
		})
	}
	for _, bindings := range bootstrappolicy.NamespaceRoleBindings() {
		for _, binding := range bindings {
			tasks = append(tasks, func() error {
				return t.reconcileBinding(reconciliation.RoleBindingAdapter{RoleBinding: &binding},
					reconciliation.RoleBindingClientAdapter{Client: client.RbacV1(), NamespaceClient: client.CoreV1().Namespaces()})
			})
		}
	}
	return tasks
}

func (t existing) reconcileRole(role reconciliation.RuleOwner, client reconciliation.RuleOwnerModifier) error {
	options := reconciliation.ReconcileRoleOptions{Role: role, Client: listedRoles{client, t}, Confirm: true}
	if _, err := options.Run(); err != nil {
		return fmt.Errorf("role %s/%s: %w", role.GetNamespace(), role.GetName(), err)
	}
	return nil
}

func (t existing) reconcileBinding(binding reconciliation.RoleBinding, client reconciliation.RoleBindingModifier) error {
	options := reconciliation.ReconcileRoleBindingOptions{RoleBinding: binding, Client: listedBindings{client, t}, Confirm: true}
	if _, err := options.Run(); err != nil {
		return fmt.Errorf("binding %s/%s: %w", binding.GetNamespace(), binding.GetName(), err)
	}
	return nil
}

// migrate moves what administrators have changed in roles and bindings that newer versions have split, as upstream does.
func (t existing) migrate(ctx context.Context, client kubernetes.Interface) error {
	for old, new := range bootstrappolicy.ClusterRolesToAggregate() {
		role, found := t.clusterRole(old)
		if _, moved := t.clusterRole(new); moved || !found || role.AggregationRule != nil {
			continue
		}
		role.Name, role.ResourceVersion = new, ""
		created, err := client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		t.roles[key{"", new}] = reconciliation.ClusterRoleRuleOwner{ClusterRole: created}
	}
	for old, binding := range bootstrappolicy.ClusterRoleBindingsToSplit() {
		source, found := t.bindings[key{"", old}]
		if _, split := t.bindings[key{"", binding.Name}]; split || !found {
			continue
		}
		binding.Subjects, binding.Labels, binding.Annotations = source.GetSubjects(), source.GetLabels(), source.GetAnnotations()
		created, err := client.RbacV1().ClusterRoleBindings().Create(ctx, &binding, metav1.CreateOptions{})
		if err != nil {
			return err
		}
		t.bindings[key{"", binding.Name}] = reconciliation.ClusterRoleBindingAdapter{ClusterRoleBinding: created}
	}
	return nil
}

func (t existing) clusterRole(name string) (*rbacv1.ClusterRole, bool) {
	owner, found := t.roles[key{"", name}].(reconciliation.ClusterRoleRuleOwner)
	if !found {
		return nil, false
	}
	return owner.ClusterRole.DeepCopy(), true
}
