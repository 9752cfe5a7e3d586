package arm_test

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"lotse.dev/api/v1alpha1"
)

// ignoredBudgets: AKS's switch of a pool's DELETE reaches the pool, and is refused if it cannot be read.
func ignoredBudgets(t *testing.T, w *world) {
	token, np := w.token(admin), mc+"/agentPools/budgets"
	w.succeed(t, token, w.want(t, w.do(token, "PUT", np+v, `{"properties":{"mode":"User"}}`), 201, ""))
	p := &v1alpha1.AgentPool{}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(sub1), Name: v1alpha1.ObjectName(v1alpha1.AgentPoolID(sub1, "rg1", "c1", "budgets"))}
	must(t, w.client.Get(t.Context(), key, p))
	finalizer := func(change func(client.Object, string) bool) { // a patch: the operator may write to the pool meanwhile
		before := p.DeepCopy()
		change(p, v1alpha1.Finalizer)
		must(t, w.client.Patch(t.Context(), p, client.MergeFrom(before)))
	}
	finalizer(controllerutil.AddFinalizer) // as the pool's controller does

	refused := w.want(t, w.do(token, "DELETE", np+v+"&ignore-pod-disruption-budget=maybe", ""), 400, "InvalidParameter")
	if refused.at("error.target") != "ignore-pod-disruption-budget" {
		t.Errorf("got %s", refused.body)
	}
	for _, step := range []struct {
		query   string
		ignores bool
	}{{"", false}, {"&Ignore-Pod-Disruption-Budget=True", true}, {"", true}} {
		w.want(t, w.do(token, "DELETE", np+v+step.query, ""), 202, "")
		must(t, w.client.Get(t.Context(), key, p))
		if v1alpha1.IgnoresBudgets(p) != step.ignores {
			t.Errorf("after DELETE with %q the pool has annotations %v", step.query, p.Annotations)
		}
	}
	finalizer(controllerutil.RemoveFinalizer)
}
