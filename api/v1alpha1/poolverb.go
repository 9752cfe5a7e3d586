package v1alpha1

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
)

// PoolVerb names the operation that a write of a pool begins, by whoever writes it; present is nil for a new pool. A write that changes only the count, or which
// machines go, scales it, as in AKS, one that changes only the power state stops or starts it, and one that brings another node image upgrades it,
// whatever else it changes. One that only repeats an upgrade goes on with it.
func PoolVerb(present *AgentPool, after AgentPoolSpec) string {
	if present == nil {
		return Creating
	}
	before := present.Spec.AgentPoolSpec
	switch {
	case before.Release != after.Release && before.OrchestratorVersion != after.OrchestratorVersion:
		return Upgrading
	case before.Release != after.Release:
		return UpgradingNodeImageVersion
	case before.Power() != after.Power() && samePool(before, after, func(a *AgentPoolSpec) { a.PowerState, a.ClusterPowerState = after.PowerState, after.ClusterPowerState }):
		return PowerVerb(after.Power())
	case resized(before, after) && samePool(before, after, func(a *AgentPoolSpec) { a.Count, a.RemoveMachines = after.Count, after.RemoveMachines }):
		return Scaling
	case upgrades(CurrentOperation(present).Verb) && samePool(before, after, func(*AgentPoolSpec) {}):
		return CurrentOperation(present).Verb
	}
	return Updating
}

func upgrades(verb string) bool { return verb == Upgrading || verb == UpgradingNodeImageVersion }

func resized(before, after AgentPoolSpec) bool {
	return before.Count != after.Count || !slices.Equal(before.RemoveMachines, after.RemoveMachines)
}

// samePool reports whether two specs are alike after a change of the first. How often an operation was tried is no difference.
func samePool(before, after AgentPoolSpec, change func(*AgentPoolSpec)) bool {
	before.Attempt = after.Attempt
	change(&before)
	return equality.Semantic.DeepEqual(before, after)
}
