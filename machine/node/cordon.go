package node

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// annotationCordoned on a Node says that the service cordoned it. A Node that its customer cordoned before is not uncordoned by the service.
const annotationCordoned = "lotse.dev/cordoned"

// Cordoned reports whether the service cordoned a node.
func Cordoned(n *corev1.Node) bool { return n != nil && n.Annotations[annotationCordoned] != "" }

// WithCordon is the node cordoned by the service.
func WithCordon(n *corev1.Node) *corev1.Node {
	out := n.DeepCopy()
	out.Spec.Unschedulable = true
	metav1.SetMetaDataAnnotation(&out.ObjectMeta, annotationCordoned, "true")
	return out
}

// WithoutCordon is the node schedulable again.
func WithoutCordon(n *corev1.Node) *corev1.Node {
	out := n.DeepCopy()
	out.Spec.Unschedulable = false
	delete(out.Annotations, annotationCordoned)
	return out
}
