package drain

import (
	"errors"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestDecide(t *testing.T) {
	tests := map[string]struct {
		pod             func(*corev1.Pod)
		evicts, leaving int
	}{
		"an ordinary Pod is evicted":               {func(*corev1.Pod) {}, 1, 0},
		"a Pod without an owner is evicted too":    {func(p *corev1.Pod) { p.OwnerReferences = nil }, 1, 0},
		"a Pod that is leaving is only waited for": {func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }, 0, 1},
		"a DaemonSet's Pod goes with the node":     {func(p *corev1.Pod) { p.OwnerReferences[0].Kind = "DaemonSet" }, 0, 0},
		"a mirror Pod goes with the node":          {func(p *corev1.Pod) { p.Annotations = map[string]string{mirrorAnnotation: "x"} }, 0, 0},
		"a Pod that has ended goes with the node":  {func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }, 0, 0},
		"a DaemonSet's leaving Pod is not waited for": {func(p *corev1.Pod) {
			p.OwnerReferences[0].Kind = "DaemonSet"
			p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
		}, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Controller: new(true)}}}}
			tt.pod(&p)
			plan := Decide([]corev1.Pod{p})
			if len(plan.Evict) != tt.evicts || len(plan.Leaving) != tt.leaving || plan.Empty() != (tt.evicts+tt.leaving == 0) {
				t.Errorf("plan is %+v", plan)
			}
		})
	}
}

func TestTheBudgetThatRefusesIsNamed(t *testing.T) {
	refusal := apierrors.NewTooManyRequests("Cannot evict pod as it would violate the pod's disruption budget.", 0)
	refusal.ErrStatus.Details.Causes = []metav1.StatusCause{{
		Type: policyv1.DisruptionBudgetCause, Message: "The disruption budget web needs 1 healthy pods and has 1 currently",
	}}
	p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web-0"}}
	if got := budget(p, refusal); got != "PodDisruptionBudget default/web" {
		t.Errorf("named %q", got)
	}
	if got := budget(p, errors.New("no budget said why")); got != "an eviction of Pod default/web-0, which is refused: no budget said why" {
		t.Errorf("said %q", got)
	}
}
