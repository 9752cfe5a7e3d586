package brake

import (
	"fmt"
	"slices"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/rollout"
)

const (
	// watch is for how long after its upgrade a cluster counts.
	watch = 72 * time.Hour
	// settle is how long a cluster may take to be well after its upgrade, and how long a component may be unhealthy.
	settle = 10 * time.Minute
	// minimum of clusters that got worse, and the share of those upgraded, in percent, that they have to exceed. One cluster alone may have its own reasons.
	minimum, tolerated = 2, 20
)

// Facts about the roll-out of a release.
type Facts struct {
	Release  *v1alpha1.Release
	Clusters []v1alpha1.ManagedCluster
	// Pools of all clusters.
	Pools []v1alpha1.AgentPool
	Now   time.Time
}

// Halt says why the roll-out of a release is to be halted, as a sentence that customers see too; "" if it is not, or is halted already. worse names the
// clusters, for the operator alone.
func Halt(f Facts) (reason string, worse []string) {
	if _, _, halted := f.Release.RolloutHalt(); halted {
		return "", nil
	}
	upgraded := 0
	for i := range f.Clusters {
		c := &f.Clusters[i]
		op, found := f.upgradeOf(c)
		if !found {
			continue
		}
		upgraded++
		if f.worse(c, op) {
			worse = append(worse, c.Name)
		}
	}
	if len(worse) < minimum || 100*len(worse) <= tolerated*upgraded {
		return "", nil
	}
	slices.Sort(worse)
	return fmt.Sprintf("%d of %d clusters that were upgraded to it in the last %.0f days failed or got unhealthy.", len(worse), upgraded, watch.Hours()/24), worse
}

// upgradeOf a cluster to the release: the newest operation that upgraded it or one of its pools, if that counts.
func (f Facts) upgradeOf(c *v1alpha1.ManagedCluster) (newest v1alpha1.Operation, found bool) {
	take := func(o v1alpha1.Tracked, release string) {
		if release != f.Release.Name {
			return
		}
		for _, op := range o.GetProgress().Operations { // newest first
			if op.Verb != v1alpha1.Upgrading && op.Verb != v1alpha1.UpgradingNodeImageVersion {
				continue
			}
			counts := f.Now.Sub(op.StartedAt.Time) < watch && op.StartedAt.After(f.Release.RolloutResumed()) && op.EndedAt != nil
			if counts && (!found || op.StartedAt.After(newest.StartedAt.Time)) {
				newest, found = op, true
			}
			return
		}
	}
	take(c, c.Spec.Release)
	for _, p := range f.poolsOf(c) {
		take(p, p.Spec.Release)
	}
	return newest, found
}

func (f Facts) poolsOf(c *v1alpha1.ManagedCluster) (pools []*v1alpha1.AgentPool) {
	for i := range f.Pools {
		if p := &f.Pools[i]; p.Namespace == c.Namespace && p.Spec.Cluster == c.Name {
			pools = append(pools, p)
		}
	}
	return pools
}

// worse reports whether a cluster got worse by its upgrade: that failed, or the cluster is not well since. Drains that a disruption budget blocked are the
// customer's, and so are stopped clusters and operations that were aborted.
func (f Facts) worse(c *v1alpha1.ManagedCluster, op v1alpha1.Operation) bool {
	switch {
	case op.State == v1alpha1.Failed:
		return op.Error == nil || op.Error.Code != rollout.Failed
	case op.State != v1alpha1.Succeeded || f.Now.Sub(op.EndedAt.Time) < settle || c.DeletionTimestamp != nil || c.StopWanted() || c.Power() == v1alpha1.Stopped:
		return false
	}
	for _, h := range c.Status.Components {
		if !h.Healthy && f.Now.Sub(h.Since.Time) >= settle {
			return true
		}
	}
	for _, p := range f.poolsOf(c) {
		idle := v1alpha1.CurrentOperation(p).State != v1alpha1.InProgress && p.DeletionTimestamp == nil && p.Spec.Power() == v1alpha1.Running
		if idle && p.Spec.Release == f.Release.Name && p.Status.ReadyNodes < p.Spec.Count {
			return true
		}
	}
	return false
}
