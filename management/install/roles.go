package install

import (
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// kinds are the plural names of Lotse's own resources.
var kinds = []string{
	"subscriptions", "resourcegroups", "managedclusters", "agentpools", "scalesets", "machines", "releases", "principals", "roleassignments",
	"maintenanceconfigurations", "powerschedules",
}

// roles are those of the front door and the controllers, in every namespace because each cluster has its own. They do not permit to create or
// bind roles, and limits hold their writes to Lotse's own namespaces, so that an attacker who controls Lotse gets no other account's rights by
// them. It can still read all Secrets of the management cluster, and create machines (machine/pod has what separates them from their host).
func roles() []client.Object {
	all := []string{"get", "list", "watch", "create", "update", "patch", "delete"}
	rule := func(group string, resources []string, verbs ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: resources, Verbs: verbs}
	}
	role := &rbacv1.ClusterRole{ObjectMeta: clusterMeta("lotse"), Rules: []rbacv1.PolicyRule{
		rule("", []string{"namespaces", "secrets", "configmaps", "services", "pods", "persistentvolumeclaims"}, all...),
		rule("", []string{"pods/log", "nodes", "persistentvolumes"}, "get", "list", "watch"),
		rule("apps", []string{"statefulsets", "deployments"}, all...),
		rule("networking.k8s.io", []string{"networkpolicies"}, all...),
		rule("networking.k8s.io", []string{"servicecidrs"}, "get", "list"),
		rule("policy", []string{"poddisruptionbudgets"}, all...),
		rule("coordination.k8s.io", []string{"leases"}, all...),
		rule("", []string{"events"}, "create", "patch"),
		rule("events.k8s.io", []string{"events"}, "create", "patch"),
		rule("authentication.k8s.io", []string{"tokenreviews"}, "create"), // authentication and authorization of readers of metrics
		rule("authorization.k8s.io", []string{"subjectaccessreviews"}, "create"),
		rule("storage.k8s.io", []string{"storageclasses"}, "get", "list", "watch"),
		rule(v1alpha1.GroupVersion.Group, kinds, all...),
		rule(v1alpha1.GroupVersion.Group, each(kinds, "/status"), "get", "update", "patch"),
		rule(v1alpha1.GroupVersion.Group, each(kinds, "/finalizers"), "update"),
	}}
	return append(bound(lotseName, role), metricsReader()...)
}

// metricsReader is an account that may read Lotse's metrics. A Prometheus uses it, or has its own account bound to the role.
func metricsReader() []client.Object {
	return bound("lotse-metrics", &rbacv1.ClusterRole{ObjectMeta: clusterMeta("lotse-metrics"), Rules: []rbacv1.PolicyRule{
		{NonResourceURLs: []string{"/metrics"}, Verbs: []string{"get"}},
	}})
}

// bound is a service account with a role.
func bound(account string, role *rbacv1.ClusterRole) []client.Object {
	return []client.Object{
		&corev1.ServiceAccount{ObjectMeta: meta(account)},
		role,
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: clusterMeta(role.Name),
			RoleRef:    rbacv1.RoleRef{APIGroup: "rbac.authorization.k8s.io", Kind: "ClusterRole", Name: role.Name},
			Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: systemNamespace, Name: account}},
		},
	}
}

func each(names []string, suffix string) []string {
	all := make([]string, 0, len(names))
	for _, n := range names {
		all = append(all, n+suffix)
	}
	return all
}

// namespace of Lotse. On the host's own cluster the front door has a host port, which the baseline profile does not permit.
func namespace(t Target) *corev1.Namespace {
	level := "restricted"
	if t.Own {
		level = "privileged"
	}
	m := clusterMeta(systemNamespace)
	m.Labels["pod-security.kubernetes.io/enforce"] = level
	return &corev1.Namespace{ObjectMeta: m}
}
