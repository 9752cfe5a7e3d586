package addons

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/machine/bootstrap"
)

// bindings grant rights to users from outside the cluster: the customer, nodes, and the components of the control plane.
func bindings() []client.Object {
	return []client.Object{
		bind("lotse:cluster-admins", "cluster-admin", group(v1alpha1.GroupClusterAdmins)),
		// Users see all but Secrets, and change nothing that an administrator has not bound to them by name. "edit" in every namespace would
		// be no less than cluster-admin: a Pod in kube-system can use the controllers' service accounts.
		bind("lotse:cluster-users", "view", group(v1alpha1.GroupClusterUsers)),
		userRole(),
		bind("lotse:cluster-users-of-nodes", clusterUserRole, group(v1alpha1.GroupClusterUsers)),
		// Not all of system:bootstrappers: a token that a customer makes for purposes of their own may not ask for a node's certificate.
		bind("lotse:node-bootstrapper", "system:node-bootstrapper", group(bootstrap.Group)),
		// kube-proxy is a process of the node and uses the kubelet's credential: each node may see all Services and their endpoints.
		bind("lotse:node-proxier", "system:node-proxier", group("system:nodes")),
		bind("lotse:kubelet-api-admin", "system:kubelet-api-admin", user(credentials.KubeletClient)),
		bind("system:konnectivity-server", "system:auth-delegator", user(credentials.KonnectivityUser)),
	}
}

const clusterUserRole = "lotse:cluster-user"

// userRole is what users see beside namespaces and what is in them.
func userRole() client.Object {
	read := []string{"get", "list", "watch"}
	return clusterRole(clusterUserRole,
		rule("", []string{"nodes", "persistentvolumes"}, read),
		rule("storage.k8s.io", []string{"storageclasses"}, read))
}

func bind(name, role string, to rbacv1.Subject) *rbacv1.ClusterRoleBinding {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: clusterMeta(name),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{to},
	}
}

func group(name string) rbacv1.Subject {
	return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: name}
}

func user(name string) rbacv1.Subject {
	return rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: name}
}

func account(name string) rbacv1.Subject {
	return rbacv1.Subject{Kind: rbacv1.ServiceAccountKind, Namespace: namespace, Name: name}
}

func clusterRole(name string, rules ...rbacv1.PolicyRule) *rbacv1.ClusterRole {
	return &rbacv1.ClusterRole{ObjectMeta: clusterMeta(name), Rules: rules}
}

// rule allows verbs on resources of one API group; "" is the core group.
func rule(group string, resources, verbs []string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: resources, Verbs: verbs}
}
