package node

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestShutdownTaint(t *testing.T) {
	customers := corev1.Taint{Key: "dedicated", Value: "web", Effect: corev1.TaintEffectNoSchedule}
	n := &corev1.Node{Spec: corev1.NodeSpec{Taints: []corev1.Taint{customers}, Unschedulable: true}}
	down := WithShutdownTaint(WithShutdownTaint(n))
	if !ShutDown(down) || ShutDown(n) || len(down.Spec.Taints) != 2 {
		t.Errorf("taints are %v", down.Spec.Taints)
	}
	up := WithoutShutdownTaint(down)
	if ShutDown(up) || len(up.Spec.Taints) != 1 || up.Spec.Taints[0] != customers || !up.Spec.Unschedulable {
		t.Errorf("a taint or a cordon of the customer's was lost: %+v", up.Spec)
	}
	if synced, _ := Synced(down, Identity{UID: "u"}); !ShutDown(synced) {
		t.Error("syncing the node removes the taint")
	}
}

func TestANodeSaysThatItsMachineWasStoppedUntilItsKubeletReports(t *testing.T) {
	n := &corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{
		{Type: corev1.NodeMemoryPressure, Status: corev1.ConditionFalse}, {Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"},
	}}}
	stopped := Stopped(n, metav1.NewTime(time.Unix(1000, 0)))
	if !MarkedStopped(stopped) || MarkedStopped(n) || MarkedStopped(nil) || len(stopped.Status.Conditions) != 2 {
		t.Errorf("conditions are %+v", stopped.Status.Conditions)
	}
	trimmed := stopped.DeepCopy()
	if Trim(trimmed); !MarkedStopped(trimmed) {
		t.Error("what is cached of the node does not say that it was stopped")
	}
	if fresh := Stopped(&corev1.Node{}, metav1.Now()); !MarkedStopped(fresh) {
		t.Errorf("a node that had not reported is %+v", fresh.Status)
	}
	if !MarkedStopped(Stopped(stopped, metav1.Now())) {
		t.Error("it cannot be said twice")
	}
}
