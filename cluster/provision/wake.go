package provision

import (
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
)

// wakeSteps start the pools that were stopped with the whole cluster, at once: machines boot while the control plane starts. What the
// customer stopped by itself stays so. A pool whose start failed is started again by another start of the cluster.
func (f Facts) wakeSteps() []plan.Step {
	var steps []plan.Step
	for _, p := range f.poolsByName() {
		if !f.written(p) && !f.profiled(p) && (p.Spec.ClusterPowerState == v1alpha1.Stopped || f.startsAgain(p)) {
			steps = append(steps, plan.SetPoolPower{Pool: p})
		}
	}
	return steps
}

// startsAgain reports whether a pool's operation failed, or was aborted, before the start of the cluster that runs now.
func (f Facts) startsAgain(p *v1alpha1.AgentPool) bool {
	return f.starting() && v1alpha1.CurrentOperation(p).BrokenBefore(v1alpha1.CurrentOperation(f.Cluster))
}

// starting reports whether the cluster's operation is a start.
func (f Facts) starting() bool {
	op := v1alpha1.CurrentOperation(f.Cluster)
	return op.State == v1alpha1.InProgress && op.Verb == v1alpha1.Starting
}

func (f Facts) startedAt() time.Time { return v1alpha1.CurrentOperation(f.Cluster).StartedAt.Time }

func (f Facts) written(p *v1alpha1.AgentPool) bool { return f.Objects.written[keyOf(p)] }

// profiled reports whether poolSteps writes the pool anyway.
func (f Facts) profiled(p *v1alpha1.AgentPool) bool {
	if f.Cluster.Status.PoolsAppliedGeneration == f.Cluster.Generation {
		return false
	}
	return slices.ContainsFunc(f.wantedPools(), func(want *v1alpha1.AgentPool) bool { return want.Name == p.Name && !asWanted(p, want) })
}

// waking adds the pools that a start waits for: all of them.
func (f Facts) waking(a *assessment) {
	if !f.starting() {
		return
	}
	for _, p := range f.poolsByName() {
		if slices.ContainsFunc(a.pools, func(known poolFact) bool { return known.name == p.Spec.Name }) {
			continue
		}
		fact := poolFactOf(p)
		if p.Spec.ClusterPowerState == v1alpha1.Stopped {
			fact = poolFact{name: p.Spec.Name, operation: v1alpha1.Operation{State: v1alpha1.InProgress, Waiting: "to be started"}}
		}
		a.pools = append(a.pools, fact)
	}
}

// poolsByName are the pools that are not being deleted.
func (f Facts) poolsByName() []*v1alpha1.AgentPool {
	var all []*v1alpha1.AgentPool
	for _, p := range f.Pools {
		if p.DeletionTimestamp == nil {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b *v1alpha1.AgentPool) int { return strings.Compare(a.Spec.Name, b.Spec.Name) })
	return all
}

// apiAwake ends the stop of a cluster whose API server answers again. The time of the stop does not count as one in which it was unavailable.
func (f Facts) apiAwake(s *v1alpha1.ManagedClusterStatus, a assessment, now metav1.Time) {
	if !a.healthy(v1alpha1.ComponentAPIServer) {
		return
	}
	if s.StoppedAt != nil {
		s.Availability = s.Availability.Awake(*s.StoppedAt, now)
	}
	s.PowerState, s.StoppedAt = v1alpha1.Running, nil
	if f.starting() {
		started := metav1.NewTime(f.startedAt())
		s.Wake = &v1alpha1.Wake{StartedAt: started, APISeconds: seconds(now.Sub(started.Time))}
	}
}

// awake completes the measurement of a start that has ended.
func (f Facts) awake(s *v1alpha1.ManagedClusterStatus) {
	if !f.starting() || s.Wake == nil || s.Wake.NodesSeconds != nil || !s.Wake.StartedAt.Time.Equal(f.startedAt()) {
		return
	}
	nodes := seconds(f.Now.Sub(f.startedAt()))
	s.Wake.NodesSeconds = &nodes
}

func seconds(d time.Duration) int32 { return int32(d.Round(time.Second) / time.Second) }
