package essentials

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// KubeletAPI lets the host's API server, which is no member of system:masters, use kubelets: logs, exec, port-forward.
func KubeletAPI() client.Object {
	return &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta("", "lotse:kubelet-api"),
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "ClusterRole", Name: "system:kubelet-api-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacGroup, Kind: "Group", Name: "lotse:kubelet-api"}},
	}
}
