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
		pod                 func(*corev1.Pod)
		evicts, terminating int
	}{
		"an ordinary Pod is evicted":                           {func(*corev1.Pod) {}, 1, 0},
		"a Pod without an owner is evicted too":                {func(p *corev1.Pod) { p.OwnerReferences = nil }, 1, 0},
		"a Pod that is terminating already is only waited for": {func(p *corev1.Pod) { p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)} }, 0, 1},
		"a DaemonSet's Pod is deleted with the node":           {func(p *corev1.Pod) { p.OwnerReferences[0].Kind = "DaemonSet" }, 0, 0},
		"a mirror Pod is deleted with the node":                {func(p *corev1.Pod) { p.Annotations = map[string]string{mirrorAnnotation: "x"} }, 0, 0},
		"a Pod that has ended is deleted with the node":        {func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }, 0, 0},
		"a DaemonSet's terminating Pod is not waited for": {func(p *corev1.Pod) {
			p.OwnerReferences[0].Kind = "DaemonSet"
			p.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
		}, 0, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Controller: new(true)}}}}
			tt.pod(&p)
			plan := Decide([]corev1.Pod{p})
			if len(plan.Evict) != tt.evicts || len(plan.Terminating) != tt.terminating || plan.Empty() != (tt.evicts+tt.terminating == 0) {
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
	if got := budget(p, refusal); got != "PodDisruptionBudget default/web (of Pod default/web-0)" {
		t.Errorf("names %q", got)
	}
	if got := budget(p, errors.New("no budget said why")); got != "an eviction of Pod default/web-0, which is refused: no budget said why" {
		t.Errorf("said %q", got)
	}
}

func TestAPodThatTheAPIServerFailsToEvict(t *testing.T) {
	r := refusal{corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web-0"}}, errors.New("it failed")}
	for sentence, c := range map[string]struct {
		budgets []string
		want    string
	}{
		"two budgets are named, and what to do": {[]string{"a", "b"},
			"Pod default/web-0, which has 2 PodDisruptionBudgets (a, b); Kubernetes evicts no Pod with more than one, so delete the others"},
		"one budget is not why":              {[]string{"a"}, "an eviction of Pod default/web-0, which is refused: it failed"},
		"without a budget the answer has it": {nil, "an eviction of Pod default/web-0, which is refused: it failed"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := r.reason(c.budgets); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestProtecting(t *testing.T) {
	budget := func(name string, selector *metav1.LabelSelector) policyv1.PodDisruptionBudget {
		return policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: selector}}
	}
	web := &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}
	for sentence, c := range map[string]struct {
		budget policyv1.PodDisruptionBudget
		is     bool
	}{
		"a budget that selects the Pod protects it": {budget("b", web), true},
		"an empty selector selects every Pod":       {budget("b", &metav1.LabelSelector{}), true},
		"a budget without a selector selects none":  {budget("b", nil), false},
		"a budget of other Pods does not count":     {budget("b", &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}}}
			got := Protecting(p, []policyv1.PodDisruptionBudget{budget("z", web), c.budget})
			if len(got) == 0 || got[len(got)-1] != "z" || (len(got) == 2) != c.is {
				t.Errorf("protected by %v", got)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	pod := func(name string, finalizers ...string) corev1.Pod {
		return corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Finalizers: finalizers}}
	}
	for sentence, c := range map[string]struct {
		blocked []string
		plan    Plan
		want    string
	}{
		"an empty node waits for nothing": {nil, Plan{}, ""},
		"a Pod that ends is named":        {nil, Plan{Terminating: []corev1.Pod{pod("web-0")}}, "waiting for 1 Pods to end, default/web-0 among them"},
		"Pods that were just evicted are counted": {
			nil, Plan{Evict: []corev1.Pod{pod("web-1")}, Terminating: []corev1.Pod{pod("web-0")}}, "waiting for 2 Pods to end, default/web-0 among them",
		},
		"a budget is named once, however many Pods it protects": {
			[]string{"PodDisruptionBudget default/web (of Pod default/web-1)", "PodDisruptionBudget default/web (of Pod default/web-0)"}, Plan{Evict: []corev1.Pod{pod("web-0"), pod("web-1")}},
			"waiting for PodDisruptionBudget default/web (of Pod default/web-0)",
		},
		"finalizers that keep a Pod are named": {
			nil, Plan{Terminating: []corev1.Pod{pod("web-0", "example.com/a", "example.com/b"), pod("web-1")}},
			"waiting for Pod default/web-0 to end, which its finalizers keep (example.com/a, example.com/b)",
		},
		"and so are budgets beside them": {
			[]string{"PodDisruptionBudget default/web"}, Plan{Evict: []corev1.Pod{pod("web-1")}, Terminating: []corev1.Pod{pod("web-0", "example.com/a")}},
			"waiting for Pod default/web-0 to end, which its finalizers keep (example.com/a), PodDisruptionBudget default/web",
		},
		"a finalizer of a Pod that is not ending keeps nothing yet": {
			nil, Plan{Evict: []corev1.Pod{pod("web-0", "example.com/a")}}, "waiting for 1 Pods to end, default/web-0 among them",
		},
		"at most three reasons are named": {[]string{"d", "c", "b", "a"}, Plan{Evict: []corev1.Pod{pod("web-0")}}, "waiting for a, b, c"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := describe(c.blocked, c.plan); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
