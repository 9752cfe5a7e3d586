package provision

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// startingCluster are the facts of a cluster that was stopped and is being started, after the given changes.
func startingCluster(changes ...func(*Facts)) Facts {
	f := newCluster()
	c := f.Cluster
	operation.Settle(c, "The cluster", operation.Outcome{}, *at(time.Minute))
	c.Generation, c.Spec.PoolProfiles = 5, nil
	c.Status.PowerState, c.Status.StoppedAt = v1alpha1.Stopped, at(time.Hour)
	c.Status.CurrentKubernetesVersion = "1.37.2"
	c.Status.Availability = &v1alpha1.Availability{Since: *at(time.Minute), UnavailableSeconds: 7}
	c.Annotations = map[string]string{v1alpha1.AnnotationVerb: "Starting@5"}
	operation.Begin(c, *at(2 * time.Hour))
	f.Now = at(2*time.Hour + 9*time.Second).Time
	for _, change := range changes {
		change(&f)
	}
	return f
}

func TestPoolsStartAtOnce(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*Facts)
		want   string
	}{
		"a pool that was stopped with the cluster starts":              {asleep("np1", nil), "write the power state of pool np1"},
		"all of them start together":                                   {both(asleep("np1", nil), asleep("np2", nil)), "write the power state of pool np1, write the power state of pool np2"},
		"one that its customer stopped is only freed of the cluster's": {asleep("np1", func(p *v1alpha1.AgentPool) { p.Spec.PowerState = v1alpha1.Stopped }), "write the power state of pool np1"},
		"a pool that runs is left alone":                               {asleep("np1", awakePool), ""},
		"a pool whose start failed in an earlier start is tried again": {asleep("np1", failedAt(time.Hour)), "write the power state of pool np1"},
		"one that failed in this start is not":                         {asleep("np1", failedAt(2*time.Hour+time.Second)), ""},
		"a pool that is being deleted is left alone":                   {asleep("np1", func(p *v1alpha1.AgentPool) { p.DeletionTimestamp = at(0) }), ""},
		"a pool that the last write names is written whole": {func(f *Facts) {
			f.Cluster.Spec.PoolProfiles = exampleCluster().Spec.PoolProfiles
			pool := agentPool(f.Cluster, f.Cluster.Spec.PoolProfiles[0])
			pool.Spec.ClusterPowerState = v1alpha1.Stopped
			f.Pools[pool.Name] = pool
		}, "write pool np1"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := startingCluster(c.change)
			var names []string
			for _, s := range append(f.wakeSteps(), f.poolSteps()...) {
				names = append(names, s.String())
			}
			if got := strings.Join(names, ", "); got != c.want {
				t.Errorf("steps %q, want %q", got, c.want)
			}
		})
	}
}

func TestAStartWaitsForAllPools(t *testing.T) {
	for sentence, c := range map[string]struct {
		change  func(*Facts)
		waiting string
	}{
		"a pool that is still stopped is waited for":        {asleep("np1", nil), "pool np1: to be started"},
		"a pool that starts is waited for":                  {asleep("np1", startingPool), "pool np1: 1 of 1 nodes to be Ready"},
		"a pool that runs is not":                           {asleep("np1", awakePool), ""},
		"other operations of the cluster wait for no pools": {both(asleep("np1", startingPool), func(f *Facts) { f.Cluster.Status.Operations[0].Verb = v1alpha1.Updating }), ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := startingCluster(c.change)
			a := begin(f)
			f.pools(&a, true)
			if got := a.poolsWaiting(); got != c.waiting {
				t.Errorf("waits for %q, want %q", got, c.waiting)
			}
		})
	}
}

func TestTheStartIsMeasured(t *testing.T) {
	f := startingCluster()
	if s := status(f, begin(f)); s.PowerState != v1alpha1.Stopped || s.Wake != nil || s.Availability.UnavailableSeconds != 7 {
		t.Fatalf("a cluster whose API server does not answer yet is %+v", s)
	}
	f.Pods = runningPods(true)
	a := begin(f)
	f.health(&a)
	s := status(f, a)
	if s.PowerState != v1alpha1.Running || s.StoppedAt != nil || s.Wake == nil || s.Wake.APISeconds != 9 || s.Wake.NodesSeconds != nil {
		t.Fatalf("a cluster whose API server answers is %+v", s)
	}
	since := at(time.Minute).Add(time.Hour + 9*time.Second) // it was stopped for an hour, and took nine seconds to start
	if s.Availability.UnavailableSeconds != 7 || !s.Availability.Since.Time.Equal(since) {
		t.Errorf("the stop counts as unavailable: %+v", s.Availability)
	}
	f.Cluster.Status, f.Now = s, f.Now.Add(20*time.Second)
	f.awake(&f.Cluster.Status)
	if nodes := f.Cluster.Status.Wake.NodesSeconds; nodes == nil || *nodes != 29 {
		t.Errorf("the start took %+v", f.Cluster.Status.Wake)
	}
}

func asleep(name string, change func(*v1alpha1.AgentPool)) func(*Facts) {
	return func(f *Facts) {
		p := &v1alpha1.AgentPool{ObjectMeta: metav1.ObjectMeta{Name: name, Generation: 1}, Spec: v1alpha1.ClusterPoolSpec{Name: name}}
		p.Spec.ClusterPowerState = v1alpha1.Stopped
		operation.Settle(p, "Pool", operation.Outcome{}, *at(time.Minute))
		if change != nil {
			change(p)
		}
		f.Pools[name] = p
	}
}

func awakePool(p *v1alpha1.AgentPool) { p.Spec.ClusterPowerState = "" }

func startingPool(p *v1alpha1.AgentPool) {
	awakePool(p)
	p.Generation++
	operation.Settle(p, "Pool", operation.Outcome{Waiting: "1 of 1 nodes to be Ready"}, *at(2 * time.Hour))
}

func failedAt(after time.Duration) func(*v1alpha1.AgentPool) {
	return func(p *v1alpha1.AgentPool) {
		awakePool(p)
		p.Generation++
		operation.Settle(p, "Pool", operation.Fail(&v1alpha1.OperationError{Code: "NodesNotReady"}), *at(after))
	}
}
