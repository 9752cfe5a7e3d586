package cluster

import (
	"lotse.dev/cluster/abort"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/power"
	"lotse.dev/cluster/provision"
	"lotse.dev/cluster/teardown"
)

// decide which verb a cluster is under, and what its plan lets through the gate.
func (r *Reconciler) decide(f *facts) plan.Plan {
	gate := r.Gate
	if gate == nil {
		gate = plan.Open
	}
	if f.cluster.DeletionTimestamp != nil {
		return teardown.Plan(f.teardown).Through(gate, f.cluster)
	}
	if f.cluster.StopWanted() {
		f.power.Group = provision.NodeGroupOf(f.provision)
		return power.Plan(f.power).Through(gate, f.cluster)
	}
	p := provision.Plan(f.provision)
	if f.provision.Trouble == nil {
		p.Steps = append(abort.Steps(f.cluster, f.provision.Pools), p.Steps...)
	}
	return provision.Admit(f.provision, p.Through(abort.Gate(gate), f.cluster))
}
