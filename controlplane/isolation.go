package controlplane

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"
)

// Isolation says who may connect to a control plane: anybody to the API server and its tunnel, only the API server to etcd, nobody to the
// rest. It adds to mutual TLS where the management cluster's network enforces policies, and does nothing where it does not.
func Isolation(s Spec) []*networkingv1.NetworkPolicy {
	fromAPIServer := []networkingv1.NetworkPolicyPeer{{PodSelector: &metav1.LabelSelector{MatchLabels: s.selector(APIServer)}}}
	return []*networkingv1.NetworkPolicy{
		s.ingress("default", nil),
		s.ingress(APIServer, s.selector(APIServer), networkingv1.NetworkPolicyIngressRule{Ports: tcp(APIPort, TunnelPort)}),
		s.ingress(Etcd, s.selector(Etcd), networkingv1.NetworkPolicyIngressRule{Ports: tcp(EtcdPort), From: fromAPIServer}),
	}
}

func (s Spec) ingress(name string, pods map[string]string, rules ...networkingv1.NetworkPolicyIngressRule) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: s.meta(name, name),
		Spec: networkingv1.NetworkPolicySpec{
			PodSelector: metav1.LabelSelector{MatchLabels: pods},
			PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeIngress},
			Ingress:     rules,
		},
	}
}

func tcp(ports ...int32) []networkingv1.NetworkPolicyPort {
	var all []networkingv1.NetworkPolicyPort
	for _, p := range ports {
		all = append(all, networkingv1.NetworkPolicyPort{Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To(intstr.FromInt32(p))})
	}
	return all
}
