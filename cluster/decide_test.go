package cluster

import (
	"fmt"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/provision"
	"lotse.dev/cluster/teardown"
)

func TestDecideChoosesTheVerbAndAsksTheGate(t *testing.T) {
	living := &v1alpha1.ManagedCluster{}
	deleted := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{}, Finalizers: []string{v1alpha1.Finalizer}}}
	closed := func(*v1alpha1.ManagedCluster, plan.Step) string { return "the maintenance window" }
	for sentence, c := range map[string]struct {
		cluster *v1alpha1.ManagedCluster
		gate    plan.Gate
		want    []plan.Step
		waiting string
	}{
		"a cluster that is not deleted is provisioned":     {living, nil, []plan.Step{plan.AddFinalizer{}}, ""},
		"a cluster that is deleted is torn down":           {deleted, nil, []plan.Step{plan.RemoveFinalizer{}}, ""},
		"steps that the gate refuses are not in the plan":  {deleted, closed, nil, "the maintenance window"},
		"a gate that is open lets the plan as it is":       {living, plan.Open, []plan.Step{plan.AddFinalizer{}}, ""},
		"the gate is asked about a cluster's creation too": {living, closed, nil, "the maintenance window"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := &facts{cluster: c.cluster, provision: provision.Facts{Cluster: c.cluster}, teardown: teardown.Facts{Cluster: c.cluster}}
			got := (&Reconciler{Gate: c.gate}).decide(f)
			if !slices.Equal(got.Steps, c.want) || (c.waiting != "" && got.Outcome.Waiting != c.waiting) {
				t.Errorf("steps %s, waiting for %q; want %s, %q", fmt.Sprint(got.Steps), got.Outcome.Waiting, fmt.Sprint(c.want), c.waiting)
			}
		})
	}
}

// TestAnAbortThatIsHeldIsLookedAtAgain: that a gate opens sends no event.
func TestAnAbortThatIsHeldIsLookedAtAgain(t *testing.T) {
	c := &v1alpha1.ManagedCluster{}
	c.Generation, c.Finalizers = 1, []string{v1alpha1.Finalizer}
	pool := &v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Name: "np1"}}
	pool.Name, pool.Generation = "np1", 1
	v1alpha1.SetAbort(c)
	f := &facts{cluster: c, before: c.DeepCopy(), provision: provision.Facts{Cluster: c, Pools: map[string]*v1alpha1.AgentPool{"np1": pool}}}
	r := &Reconciler{Gate: func(*v1alpha1.ManagedCluster, plan.Step) string { return "the maintenance window" }}
	p := r.decide(f)
	if len(p.Steps) > 0 || p.Trouble != nil {
		t.Fatalf("the gate lets %v pass: %v", p.Steps, p.Trouble)
	}
	if got, err := r.settle(t.Context(), f, p); err != nil || got.RequeueAfter <= 0 || got.RequeueAfter > time.Minute {
		t.Errorf("it is looked at again after %s: %v", got.RequeueAfter, err)
	}
}
