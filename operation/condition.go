package operation

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Ready is a condition that is True with reason Ready, or, while it waits for something, False with reason Waiting and that as its message.
func Ready(kind, waiting string) metav1.Condition {
	if waiting != "" {
		return metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: "Waiting", Message: waiting}
	}
	return metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: "Ready"}
}

// SetConditions writes conditions of a generation into a status. One whose Status stays the same keeps the time of its last transition.
func SetConditions(in *[]metav1.Condition, generation int64, now metav1.Time, conditions ...metav1.Condition) {
	for _, c := range conditions {
		c.ObservedGeneration, c.LastTransitionTime = generation, now
		meta.SetStatusCondition(in, c)
	}
}
