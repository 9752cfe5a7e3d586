package node

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/size"
)

// reasonAhead of the Ready condition of a Node that was made ahead.
const reasonAhead = "NotJoined"

// Machine is what a Node that is made ahead says of its machine.
type Machine struct {
	Name    string
	Size    size.Size
	MaxPods int32
	// PodCIDR are the addresses of its Pods.
	PodCIDR string
}

// Ahead is the Node of a machine whose kubelet has yet to start. The kubelet finds it when it registers and takes it over: it then leaves labels and
// taints as they are, but for a few labels of its own.
//
// Nothing runs there before the kubelet does. Kubernetes' admission gives a new Node the taint not-ready; its node controller would take that away
// from a Node without the condition Ready, so this one has it, as a Node has whose kubelet is not ready. DaemonSets tolerate the taint: their Pods
// are there when the kubelet starts. What it offers them is less than the kubelet will.
func Ahead(m Machine, want Identity, now metav1.Time) *corev1.Node {
	n := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: m.Name, Labels: map[string]string{corev1.LabelHostname: m.Name, corev1.LabelOSStable: "linux"}},
		Spec:       corev1.NodeSpec{PodCIDR: m.PodCIDR, PodCIDRs: []string{m.PodCIDR}},
		Status: corev1.NodeStatus{
			Conditions: []corev1.NodeCondition{{
				Type: corev1.NodeReady, Status: corev1.ConditionFalse, Reason: reasonAhead, Message: "the machine's kubelet has not joined yet",
				LastHeartbeatTime: now, LastTransitionTime: now,
			}},
			Capacity:    resources(int64(m.Size.CPUs)*1000, m.Size.MemoryBytes, m.MaxPods),
			Allocatable: resources(int64(m.Size.CPUs)*900, m.Size.MemoryBytes*7/10, m.MaxPods),
		},
	}
	n, _ = Synced(n, want)
	return n
}

func resources(milliCPU, memory int64, pods int32) corev1.ResourceList {
	return corev1.ResourceList{
		corev1.ResourceCPU:    *resource.NewMilliQuantity(milliCPU, resource.DecimalSI),
		corev1.ResourceMemory: *resource.NewQuantity(memory, resource.BinarySI),
		corev1.ResourcePods:   *resource.NewQuantity(int64(pods), resource.DecimalSI),
	}
}

// Joined reports whether a kubelet has registered the Node, or taken over one that was made ahead.
func Joined(n *corev1.Node) bool {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return n.Status.NodeInfo.KubeletVersion != ""
}
