package cluster

import (
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/provision"
	"lotse.dev/cluster/teardown"
)

// decide which verb a cluster is under, and what its plan lets through the gate.
func (r *Reconciler) decide(f *facts) plan.Plan {
	gate := r.Gate
	if gate == nil {
		gate = plan.Open
	}
	return planFor(f).Through(gate, f.cluster)
}

func planFor(f *facts) plan.Plan {
	if f.cluster.DeletionTimestamp != nil {
		return teardown.Plan(f.teardown)
	}
	return provision.Plan(f.provision)
}
