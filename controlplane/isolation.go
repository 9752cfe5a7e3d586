package controlplane

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"lotse.dev/api/v1alpha1"
)

// Isolation says who may connect to a cluster's Pods on the management cluster. To the API server: its own machines and components, Lotse,
// and clients outside the management cluster, by its public address. To its tunnel: its own machines. To the store: the API server, and
// Lotse's own Pod, which looks how full it is. To machines: machines of the same cluster. Nothing else may be connected to. Probes come from
// the host, which no policy restricts.
//
// It adds to mutual TLS where the management cluster's network enforces policies, as the one that Lotse brings along does.
func Isolation(s Spec) []*networkingv1.NetworkPolicy {
	machines, components := s.peer(v1alpha1.LabelMachine), s.peer(v1alpha1.LabelComponent)
	api := append([]networkingv1.NetworkPolicyPeer{machines, components, lotse()}, outside()...)
	store := networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{MatchLabels: s.selector(v1alpha1.ComponentAPIServer)}}
	nodes := s.ingress("machines", nil, networkingv1.NetworkPolicyIngressRule{From: []networkingv1.NetworkPolicyPeer{machines}})
	nodes.Namespace = v1alpha1.NodesNamespace(s.Cluster)
	return []*networkingv1.NetworkPolicy{
		s.ingress("default", nil),
		s.ingress(v1alpha1.ComponentAPIServer, s.selector(v1alpha1.ComponentAPIServer), admit(APIPort, api...), admit(TunnelPort, machines)),
		s.ingress(v1alpha1.ComponentEtcd, s.selector(v1alpha1.ComponentEtcd), admit(EtcdPort, store, operator())),
		nodes,
	}
}

// peer are the cluster's Pods that carry a label, in either of its namespaces.
func (s Spec) peer(label string) networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{
		NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelCluster: s.Cluster}},
		PodSelector: &metav1.LabelSelector{
			MatchLabels:      map[string]string{v1alpha1.LabelCluster: s.Cluster},
			MatchExpressions: []metav1.LabelSelectorRequirement{{Key: label, Operator: metav1.LabelSelectorOpExists}},
		},
	}
}

// lotse is where the controllers run.
func lotse() networkingv1.NetworkPolicyPeer {
	return networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{
		MatchLabels: map[string]string{corev1.LabelMetadataName: v1alpha1.SystemNamespace},
	}}
}

// operator is Lotse's own Pod alone.
func operator() networkingv1.NetworkPolicyPeer {
	peer := lotse()
	peer.PodSelector = &metav1.LabelSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": "lotse"}}
	return peer
}

func outside() []networkingv1.NetworkPolicyPeer {
	return []networkingv1.NetworkPolicyPeer{
		{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0"}}, {IPBlock: &networkingv1.IPBlock{CIDR: "::/0"}},
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

func admit(port int32, from ...networkingv1.NetworkPolicyPeer) networkingv1.NetworkPolicyIngressRule {
	return networkingv1.NetworkPolicyIngressRule{From: from, Ports: []networkingv1.NetworkPolicyPort{
		{Protocol: ptr.To(corev1.ProtocolTCP), Port: ptr.To(intstr.FromInt32(port))},
	}}
}
