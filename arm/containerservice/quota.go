package containerservice

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

// exceeded is AKS's sentence, and what to do.
func exceeded(what string, limit int32, used, requested int, target string) *fault.Error {
	return fault.New(fault.QuotaExceeded, "Operation results in exceeding quota limits for %s. Maximum allowed: %d, Current usage: %d, "+
		"Additional requested: %d. Ask for fewer, delete some first, or let the operator of this service raise the quota.",
		what, limit, used, requested).At(target)
}

// checkQuotas says which quotas a write of a cluster and its pools would exceed. One that was exceeded before, because the operator lowered
// it, only refuses growth.
func checkQuotas(l v1alpha1.Limits, before, after map[string]v1alpha1.AgentPoolSpec, target string) []*fault.Error {
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
	check("nodes of a managed cluster", l.NodesPerCluster, nodes(before), nodes(after))
	return faults
}

func nodes(pools map[string]v1alpha1.AgentPoolSpec) int32 {
	sum := int32(0)
	for _, p := range pools {
		sum += p.Count
	}
	return sum
}
