package machine

import (
	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/provider"
)

// conditionEvent is a Kubernetes event to record on a machine.
type conditionEvent struct {
	kind, reason, action, note string
}

// conditionEvents returns an event for each condition that turned. A machine that still waits for the same thing causes none.
func conditionEvents(before, after []metav1.Condition) []conditionEvent {
	var all []conditionEvent
	for _, c := range after {
		was := apimeta.FindStatusCondition(before, c.Type)
		switch {
		case c.Type == v1alpha1.MachineDrained:
			if was == nil || was.Message != c.Message {
				all = append(all, conditionEvent{corev1.EventTypeNormal, c.Reason, "Drain", c.Message})
			}
		case c.Reason == v1alpha1.ReasonStopped:
			if c.Type == v1alpha1.MachineRunning && (was == nil || was.Reason != c.Reason) {
				all = append(all, conditionEvent{corev1.EventTypeNormal, c.Reason, "Stop", c.Message})
			}
		case c.Status == metav1.ConditionTrue && (was == nil || was.Status != c.Status):
			all = append(all, conditionEvent{corev1.EventTypeNormal, c.Type, "Join", c.Message})
		case c.Status != metav1.ConditionTrue && was != nil && was.Status == metav1.ConditionTrue:
			all = append(all, conditionEvent{corev1.EventTypeWarning, "Not" + c.Type, "Watch", c.Message})
		case c.Reason == provider.Unschedulable && (was == nil || was.Reason != c.Reason):
			all = append(all, conditionEvent{corev1.EventTypeWarning, c.Reason, "Start", c.Message})
		}
	}
	return all
}
