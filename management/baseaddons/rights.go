package baseaddons

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// KubeletAPI lets the host's API server, which is not in system:masters, use the kubelet's API: logs, exec, port-forward.
func KubeletAPI() client.Object {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta("", "lotse:kubelet-api"),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "ClusterRole", Name: "system:kubelet-api-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacGroup, Kind: "Group", Name: "lotse:kubelet-api"}},
	}
}

// NodeVolumes lets the only node read the claims of its Pods at once. The Node authorizer permits that only after it has seen the Pod's
// placement; a kubelet that is faster retries after ten seconds. Claims contain no secrets, and all Pods are on this node.
func NodeVolumes() []client.Object {
	const name = "lotse:node-volumes"
	return []client.Object{
		&rbacv1.ClusterRole{ObjectMeta: meta("", name), Rules: []rbacv1.PolicyRule{
			rule("", []string{"persistentvolumeclaims", "persistentvolumes"}, "get"),
		}},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: meta("", name),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "ClusterRole", Name: name},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacGroup, Kind: "Group", Name: "system:nodes"}},
		},
	}
}
