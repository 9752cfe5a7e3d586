package node

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/size"
)

func madeAhead() *corev1.Node {
	s, _ := size.Of(size.Default)
	return Ahead(Machine{Name: "vm0", Size: s, MaxPods: 110, PodCIDR: "10.244.3.0/24"}, boots, metav1.NewTime(time.Unix(1_000_000, 0)))
}

func TestANodeThatIsMadeAheadIsWhatItsMachineWants(t *testing.T) {
	n := madeAhead()
	if n.Name != "vm0" || n.Spec.PodCIDR != "10.244.3.0/24" || len(n.Spec.PodCIDRs) != 1 || n.Spec.ProviderID != boots.ProviderID {
		t.Errorf("node is %+v", n)
	}
	if n.Labels["tier"] != "web" || n.Labels["kubernetes.io/hostname"] != "vm0" || len(n.Spec.Taints) != 1 || n.Spec.Taints[0].Key != "dedicated" {
		t.Errorf("labels %v, taints %v", n.Labels, n.Spec.Taints)
	}
	if _, changes := Synced(n, boots); changes || Stale(n, boots.UID) || !Stale(n, "another") {
		t.Error("it is not recognized as the machine's")
	}
}

// TestANodeThatIsMadeAheadTakesNoPods: Kubernetes' node controller takes the taint not-ready away from a node that has no condition Ready.
func TestANodeThatIsMadeAheadTakesNoPods(t *testing.T) {
	n := madeAhead()
	if len(n.Status.Conditions) != 1 || n.Status.Conditions[0].Type != corev1.NodeReady || n.Status.Conditions[0].Status != corev1.ConditionFalse ||
		n.Status.Conditions[0].LastHeartbeatTime.IsZero() {
		t.Errorf("conditions are %+v", n.Status.Conditions)
	}
	cpu, memory := n.Status.Allocatable.Cpu().MilliValue(), n.Status.Allocatable.Memory().Value()
	if cpu >= 2000-100 || memory >= 7<<30*3/4-100<<20 {
		t.Errorf("it offers %dm and %d bytes, more than the kubelet will", cpu, memory)
	}
}

func TestJoined(t *testing.T) {
	for sentence, c := range map[string]struct {
		node *corev1.Node
		want bool
	}{
		"a node that was made ahead has not joined": {madeAhead(), false},
		"it has not when nothing was heard of it for a minute": {edited(func(n *corev1.Node) {
			n.Status.Conditions[0].Status, n.Status.Conditions[0].Reason = corev1.ConditionUnknown, "NodeStatusUnknown"
		}), false},
		"it has when its kubelet has reported": {edited(func(n *corev1.Node) { n.Status.NodeInfo.KubeletVersion = "v1.37.2" }), true},
		"a node that is Ready has joined":      {registered(), true},
	} {
		t.Run(sentence, func(t *testing.T) {
			trimmed := c.node.DeepCopy()
			Trim(trimmed)
			if Joined(c.node) != c.want || Joined(trimmed) != c.want {
				t.Errorf("joined: %t, when cached %t", Joined(c.node), Joined(trimmed))
			}
		})
	}
}

func edited(edit func(*corev1.Node)) *corev1.Node {
	n := madeAhead()
	edit(n)
	return n
}
