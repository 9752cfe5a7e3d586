package controlplane

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// Namespaces of a cluster on the management cluster: the control plane's admits nothing privileged, the nodes' has to, because a machine
// that is a Pod runs other Pods.
func Namespaces(r Ref) []*corev1.Namespace {
	return []*corev1.Namespace{
		r.namespace(v1alpha1.ControlPlaneNamespace(r.Cluster), "restricted"),
		r.namespace(v1alpha1.NodesNamespace(r.Cluster), "privileged"),
	}
}

func (r Ref) namespace(name, podSecurity string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: name,
		Labels: map[string]string{
			v1alpha1.LabelCluster:                r.Cluster,
			v1alpha1.LabelSubscription:           r.Subscription,
			"pod-security.kubernetes.io/enforce": podSecurity,
		},
	}}
}
