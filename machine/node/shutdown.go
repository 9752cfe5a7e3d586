package node

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// shutdownTaint is the taint that Kubernetes knows for a node whose machine was shut down. Unlike a cordon it is nobody's but the service's.
var shutdownTaint = corev1.Taint{Key: "node.cloudprovider.kubernetes.io/shutdown", Effect: corev1.TaintEffectNoSchedule}

// reasonStopped of condition Ready of a node whose machine was stopped on purpose.
const reasonStopped = "MachineStopped"

// ShutDown reports whether a node is tainted as shut down.
func ShutDown(n *corev1.Node) bool { return n != nil && find(n.Spec.Taints, shutdownTaint) != nil }

// WithShutdownTaint is the node with the taint.
func WithShutdownTaint(n *corev1.Node) *corev1.Node {
	out := n.DeepCopy()
	if !ShutDown(n) {
		out.Spec.Taints = append([]corev1.Taint{shutdownTaint}, out.Spec.Taints...) // before the pool's, where syncing leaves it
	}
	return out
}

// WithoutShutdownTaint is the node without it, and with all other taints.
func WithoutShutdownTaint(n *corev1.Node) *corev1.Node {
	out := n.DeepCopy()
	out.Spec.Taints = slices.DeleteFunc(out.Spec.Taints, func(t corev1.Taint) bool { return t.MatchTaint(&shutdownTaint) })
	return out
}

// MarkedStopped reports whether a node says that its machine was stopped. A kubelet that reports again replaces that.
func MarkedStopped(n *corev1.Node) bool {
	if n == nil {
		return false
	}
	c := condition(n)
	return c != nil && c.Status == corev1.ConditionUnknown && c.Reason == reasonStopped
}

// Stopped is the node with condition Ready as Kubernetes leaves it on a node that reports no more, at once and with the reason. Nobody has to
// wait until it is noticed, and no controller takes the node for one that still runs when the cluster starts again.
func Stopped(n *corev1.Node, now metav1.Time) *corev1.Node {
	out := n.DeepCopy()
	ready := corev1.NodeCondition{
		Type: corev1.NodeReady, Status: corev1.ConditionUnknown, Reason: reasonStopped, Message: "The machine was stopped.",
		LastHeartbeatTime: now, LastTransitionTime: now,
	}
	if c := condition(out); c != nil {
		*c = ready
		return out
	}
	out.Status.Conditions = append(out.Status.Conditions, ready)
	return out
}

func condition(n *corev1.Node) *corev1.NodeCondition {
	for i := range n.Status.Conditions {
		if n.Status.Conditions[i].Type == corev1.NodeReady {
			return &n.Status.Conditions[i]
		}
	}
	return nil
}
