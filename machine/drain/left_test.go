package drain

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestLeft(t *testing.T) {
	for sentence, c := range map[string]struct {
		phase corev1.PodPhase
		ip    string
		left  bool
	}{
		"a Pod that ran to the end has an address that leads nowhere": {corev1.PodRunning, "10.244.0.3", true},
		"a Pod that has ended is removed too":                         {corev1.PodSucceeded, "", true},
		"a Pod that was starting had got its address":                 {corev1.PodPending, "10.244.0.3", true},
		"a Pod that was bound to the node since waits for it":         {corev1.PodPending, "", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Status: corev1.PodStatus{Phase: c.phase, PodIP: c.ip}}
			if got := len(Left([]corev1.Pod{p})) == 1; got != c.left {
				t.Errorf("left: %t", got)
			}
		})
	}
}
