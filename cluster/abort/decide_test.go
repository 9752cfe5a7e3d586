package abort

import (
	"fmt"
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
)

// cluster whose operation was aborted, of a control plane that was up or not.
func cluster(up bool) *v1alpha1.ManagedCluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c1", Generation: 2}}
	if up {
		c.Status.CurrentKubernetesVersion = "1.37.2"
	}
	v1alpha1.SetAbort(c)
	return c
}

func running(c *v1alpha1.ManagedCluster) *v1alpha1.ManagedCluster {
	c.Annotations = nil
	return c
}

func TestGate(t *testing.T) {
	want := &v1alpha1.AgentPool{}
	for sentence, c := range map[string]struct {
		cluster *v1alpha1.ManagedCluster
		step    plan.Step
		waiting string
	}{
		"a cluster that was not aborted asks the next gate":           {running(cluster(false)), plan.WriteAuthorities{}, "the window"},
		"an aborted one that was never up is left as it is":           {cluster(false), plan.WriteAuthorities{}, waiting},
		"but for what lets it be deleted":                             {cluster(false), plan.AddFinalizer{}, "the window"},
		"one that was up makes no pools":                              {cluster(true), plan.WritePool{Want: want}, waiting},
		"nor does it stop or start any":                               {cluster(true), plan.SetPoolPower{Pool: want}, waiting},
		"its certificates are renewed, if the next gate lets that be": {cluster(true), plan.WriteCredentials{}, "the window"},
		"the operations of its pools are aborted":                     {cluster(true), plan.AbortPool{Pool: want}, "the window"},
	} {
		t.Run(sentence, func(t *testing.T) {
			next := func(*v1alpha1.ManagedCluster, plan.Step) string { return "the window" }
			if got := Gate(next)(c.cluster, c.step); got != c.waiting {
				t.Errorf("waits for %q, want %q", got, c.waiting)
			}
		})
	}
}

func TestSteps(t *testing.T) {
	now := metav1.Now()
	pool := func(name string, change ...func(*v1alpha1.AgentPool)) *v1alpha1.AgentPool {
		p := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: name, Generation: 1}, Spec: v1alpha1.ClusterPoolSpec{Name: name}}
		for _, f := range change {
			f(p)
		}
		return p
	}
	ended := func(o v1alpha1.Tracked, in v1alpha1.OperationState) {
		o.GetProgress().Operations = []v1alpha1.Operation{{Generation: o.GetGeneration(), State: in}}
	}
	done := func(p *v1alpha1.AgentPool) { ended(p, v1alpha1.Succeeded) }
	aborted := func(p *v1alpha1.AgentPool) { v1alpha1.SetAbort(p) }
	leaving := func(p *v1alpha1.AgentPool) { p.DeletionTimestamp = &now }
	canceled := cluster(true)
	ended(canceled, v1alpha1.Canceled)
	all := []*v1alpha1.AgentPool{pool("b"), pool("a"), pool("done", done), pool("aborted", aborted), pool("leaving", leaving)}
	for sentence, c := range map[string]struct {
		cluster *v1alpha1.ManagedCluster
		want    []string
	}{
		"the operations that run are aborted, and no others":      {cluster(true), []string{"abort the operation of pool a", "abort the operation of pool b"}},
		"also those of a cluster that was never up":               {cluster(false), []string{"abort the operation of pool a", "abort the operation of pool b"}},
		"none of a cluster whose operation runs":                  {running(cluster(true)), nil},
		"none of one that is canceled: pools go on by themselves": {canceled, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			pools := map[string]*v1alpha1.AgentPool{}
			for _, p := range all {
				pools[p.Name] = p
			}
			var got []string
			for _, s := range Steps(c.cluster, pools) {
				got = append(got, fmt.Sprint(s))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
