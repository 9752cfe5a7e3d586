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

func TestAddonsLast(t *testing.T) {
	in := func(namespaces ...string) (pods []corev1.Pod) {
		for _, ns := range namespaces {
			pods = append(pods, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: ns}})
		}
		return pods
	}
	for sentence, c := range map[string]struct {
		plan               Plan
		evict, terminating int
		alone              bool
	}{
		"the customer's Pods are ended first":                           {Plan{Evict: in("default", "kube-system")}, 1, 0, false},
		"those that are ending are waited for":                          {Plan{Evict: in("kube-system"), Terminating: in("default")}, 0, 1, false},
		"then it is the add-ons' turn":                                  {Plan{Evict: in("kube-system"), Terminating: in("kube-system")}, 1, 1, true},
		"a node without Pods has nothing to end, and waits for nothing": {Plan{}, 0, 0, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			now, alone := c.plan.AddonsLast()
			if len(now.Evict) != c.evict || len(now.Terminating) != c.terminating || alone != c.alone {
				t.Errorf("now %+v, alone %t", now, alone)
			}
		})
	}
}
