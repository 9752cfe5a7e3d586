package drain_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apitest"
	"lotse.dev/machine/drain"
)

// TestPodsInTheWay runs on a real API server, which answers the eviction of a Pod under two budgets with status 500.
func TestPodsInTheWay(t *testing.T) {
	c, err := client.New(apitest.Start(t), client.Options{Scheme: clientscheme.Scheme})
	must(t, err)
	held := workload(t, c, "0-held", nil) // its containers seem to run on, as no kubelet is here
	held.Finalizers = []string{"example.com/hold"}
	must(t, c.Update(t.Context(), held))
	must(t, c.Delete(t.Context(), held))
	double := workload(t, c, "a-double", map[string]string{"app": "double"}) // the first in every list
	free := workload(t, c, "b-free", nil)
	single := workload(t, c, "c-single", map[string]string{"app": "single"})
	for name, app := range map[string]string{"double-a": "double", "double-b": "double", "single": "single"} {
		protect(t, c, name, app)
	}
	plan := func() drain.Plan {
		pods, err := drain.Pods(t.Context(), c, "vm0")
		must(t, err)
		return drain.Decide(pods)
	}

	waiting, err := drain.Evict(t.Context(), c, plan())
	must(t, err)
	for _, want := range []string{"Pod default/a-double", "(double-a, double-b)", "PodDisruptionBudget default/single", "Pod default/0-held to end, which its finalizers keep (example.com/hold)"} {
		if !strings.Contains(waiting, want) {
			t.Errorf("%q is not named: %s", want, waiting)
		}
	}
	if !leaving(t, c, free) || leaving(t, c, double) || leaving(t, c, single) {
		t.Error("the free Pod alone must be evicted")
	}

	_, err = drain.Delete(t.Context(), c, plan())
	must(t, err)
	if !leaving(t, c, double) || !leaving(t, c, single) {
		t.Error("a drain that ignores budgets keeps Pods")
	}
}

// workload is a running Pod on node vm0.
func workload(t *testing.T, c client.Client, name string, labels map[string]string) *corev1.Pod {
	t.Helper()
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: labels},
		Spec:       corev1.PodSpec{NodeName: "vm0", Containers: []corev1.Container{{Name: "c", Image: "i"}}},
	}
	must(t, c.Create(t.Context(), p))
	p.Status.Phase = corev1.PodRunning
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	must(t, c.Status().Update(t.Context(), p))
	return p
}

// protect an app by a budget that allows no disruption.
func protect(t *testing.T, c client.Client, name, app string) {
	t.Helper()
	one := intstr.FromInt32(1)
	b := &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}},
	}
	must(t, c.Create(t.Context(), b))
	b.Status = policyv1.PodDisruptionBudgetStatus{ObservedGeneration: b.Generation, DesiredHealthy: 1, CurrentHealthy: 1, ExpectedPods: 1}
	must(t, c.Status().Update(t.Context(), b))
}

// leaving reports whether a Pod is gone or about to go.
func leaving(t *testing.T, c client.Client, p *corev1.Pod) bool {
	t.Helper()
	err := c.Get(t.Context(), client.ObjectKeyFromObject(p), p)
	if apierrors.IsNotFound(err) {
		return true
	}
	must(t, err)
	return p.DeletionTimestamp != nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
