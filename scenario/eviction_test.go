package scenario

import (
	"testing"
	"time"

	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// TestEviction: the eviction API keeps a disruption budget, and evicts what the budget allows.
func TestEviction(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("two servers run under a budget that allows no disruption")
	s.deploy("web", storyImage(t), 2)
	pods := s.readyPods("web", 2)
	evicted := pods[0].Name
	two := intstr.FromInt32(2)
	budget, err := s.kube.PolicyV1().PodDisruptionBudgets(s.namespace).Create(s.ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "web"},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MinAvailable: &two, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}},
		},
	}, metav1.CreateOptions{})
	s.need(err)
	s.budgetAllows(0)

	s.step("an eviction is refused because of the budget")
	if err := s.evict(evicted); !apierrors.IsTooManyRequests(err) {
		s.fail("evicting %s answered %v, want a refusal because of the budget", evicted, err)
	}

	s.step("a budget that allows one disruption lets it pass")
	one := intstr.FromInt32(1)
	budget, err = s.kube.PolicyV1().PodDisruptionBudgets(s.namespace).Get(s.ctx, budget.Name, metav1.GetOptions{})
	s.need(err)
	budget.Spec.MinAvailable = &one
	_, err = s.kube.PolicyV1().PodDisruptionBudgets(s.namespace).Update(s.ctx, budget, metav1.UpdateOptions{})
	s.need(err)
	s.budgetAllows(1)
	s.need(s.evict(evicted))

	s.step("another Pod replaces the evicted one")
	for _, p := range s.readyPods("web", 2) {
		if p.Name == evicted {
			s.fail("%s is still there", evicted)
		}
	}
}

func (s *story) budgetAllows(disruptions int32) {
	s.Helper()
	s.until("the budget to be counted", 30*time.Second, func() (bool, string) {
		b, err := s.kube.PolicyV1().PodDisruptionBudgets(s.namespace).Get(s.ctx, "web", metav1.GetOptions{})
		if err != nil {
			return false, err.Error()
		}
		return b.Status.ObservedGeneration == b.Generation && b.Status.CurrentHealthy == 2 && b.Status.DisruptionsAllowed == disruptions, b.Status.String()
	})
}

func (s *story) evict(pod string) error {
	return s.kube.CoreV1().Pods(s.namespace).EvictV1(s.ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod}})
}
