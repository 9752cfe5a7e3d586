package machine

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/provider"
)

func TestConditionEvents(t *testing.T) {
	condition := func(kind string, status metav1.ConditionStatus, reason, message string) []metav1.Condition {
		return []metav1.Condition{{Type: kind, Status: status, Reason: reason, Message: message}}
	}
	waiting := condition(v1alpha1.MachineReady, metav1.ConditionFalse, "NotRegistered", "the machine is not a node")
	ready := condition(v1alpha1.MachineReady, metav1.ConditionTrue, "KubeletReady", "kubelet is ready")
	unschedulable := condition(v1alpha1.MachineRunning, metav1.ConditionFalse, provider.Unschedulable, "0/1 nodes are available")
	blocked := condition(v1alpha1.MachineDrained, metav1.ConditionFalse, "Draining", "waiting for PodDisruptionBudget default/web")
	for sentence, c := range map[string]struct {
		before, after []metav1.Condition
		want          []conditionEvent
	}{
		"a condition that becomes true is an event": {
			waiting, ready, []conditionEvent{{"Normal", "Ready", "Join", "kubelet is ready"}},
		},
		"a condition that is no longer true is a warning": {
			ready, waiting, []conditionEvent{{"Warning", "NotReady", "Watch", "the machine is not a node"}},
		},
		"a condition that stays true is no event":   {ready, ready, nil},
		"a machine that only waits causes no event": {nil, waiting, nil},
		"a machine that no host has capacity for is a warning": {
			nil, unschedulable, []conditionEvent{{"Warning", "Unschedulable", "Start", "0/1 nodes are available"}},
		},
		"a machine that still has no host is no second event": {unschedulable, unschedulable, nil},
		"a drain that waits for something is an event": {
			nil, blocked, []conditionEvent{{"Normal", "Draining", "Drain", "waiting for PodDisruptionBudget default/web"}},
		},
		"a drain that waits for the same is no second event": {blocked, blocked, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := conditionEvents(c.before, c.after); !slices.Equal(got, c.want) {
				t.Errorf("events are %+v, want %+v", got, c.want)
			}
		})
	}
}
