package baseaddons

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	nodev1 "k8s.io/api/node/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// IsolationUser is the user of the isolation's enforcer.
const IsolationUser = "lotse-isolation"

// Isolation lets the enforcer watch the cluster, and admits all Pods to the cluster's DNS except customers' machines, which are nodes of other
// clusters. No other base add-on serves Pods.
func Isolation() []client.Object {
	watch := []string{"get", "list", "watch"}
	protocols := []corev1.Protocol{corev1.ProtocolUDP, corev1.ProtocolTCP}
	var ports []networkingv1.NetworkPolicyPort
	for _, p := range protocols {
		ports = append(ports, networkingv1.NetworkPolicyPort{Protocol: ptr.To(p), Port: ptr.To(intstr.FromInt32(53))})
	}
	return []client.Object{
		&rbacv1.ClusterRole{ObjectMeta: meta("", "lotse:isolation"), Rules: []rbacv1.PolicyRule{
			rule("", []string{"pods", "namespaces"}, watch...),
			rule("networking.k8s.io", []string{"networkpolicies"}, watch...),
		}},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: meta("", "lotse:isolation"),
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacGroup, Kind: "ClusterRole", Name: "lotse:isolation"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacGroup, Kind: "User", Name: IsolationUser}},
		},
		&networkingv1.NetworkPolicy{ObjectMeta: meta(metav1.NamespaceSystem, "coredns"), Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: app("coredns")},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress: []networkingv1.NetworkPolicyIngressRule{{Ports: ports, From: []networkingv1.NetworkPolicyPeer{{
				NamespaceSelector: &metav1.LabelSelector{},
				PodSelector: &metav1.LabelSelector{MatchExpressions: []metav1.LabelSelectorRequirement{
					{Key: v1alpha1.LabelMachine, Operator: metav1.LabelSelectorOpDoesNotExist},
				}},
			}}}},
		}},
	}
}

// MachineRuntime is the RuntimeClass of machines. name is also the handler of the host's container runtime.
func MachineRuntime(name string) client.Object {
	return &nodev1.RuntimeClass{ObjectMeta: meta("", name), Handler: name}
}
