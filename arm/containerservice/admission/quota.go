package admission

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// exceeded is AKS's sentence, and what the caller can do.
func exceeded(what string, limit int32, used, requested int, target string) *fault.Error {
	return fault.New(fault.QuotaExceeded, "Operation results in exceeding quota limits for %s. Maximum allowed: %d, Current usage: %d, "+
		"Additional requested: %d. Ask for fewer, delete some first, or let the operator of this service raise the quota.",
		what, limit, used, requested).At(target)
}

// Quotas refuses growth of a cluster and its pools beyond the subscription's quotas. A quota that is exceeded already, because the operator
// lowered it, refuses only more.
func Quotas(l v1alpha1.Limits, present state.Cluster, spec v1alpha1.ManagedClusterSpec, target string) error {
	before, after := present.Staying(), present.After(spec)
	var faults []*fault.Error
	check := func(what string, limit int32, used, wanted int32) {
		if wanted > limit && wanted > used {
			faults = append(faults, exceeded(what, limit, int(used), int(wanted-used), target))
		}
	}
	for name, p := range after {
		check("nodes of agent pool '"+name+"'", l.NodesPerPool, before[name].Count, p.Count)
	}
	check("agent pools of a managed cluster", l.PoolsPerCluster, int32(len(before)), int32(len(after)))
	check("nodes of a managed cluster", l.NodesPerCluster, state.Nodes(before), state.Nodes(after))
	return fault.Join(faults)
}
