package containerservice

import (
	"net/http"

	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

type usageName struct {
	Value          string `json:"value"`
	LocalizedValue string `json:"localizedValue"`
}

type usage struct {
	ID           string    `json:"id"`
	Name         usageName `json:"name"`
	CurrentValue int32     `json:"currentValue"`
	Limit        int32     `json:"limit"`
	Unit         string    `json:"unit"`
}

// usages of the subscription and its quotas. Those of a cluster and of a pool show the largest one.
func (p *Provider) usages(w http.ResponseWriter, r *route.Request) error {
	clusters, err := inventory.Clusters(r.Context(), p.client, r.SubscriptionID(), "")
	if err != nil {
		return err
	}
	pools, err := inventory.Pools(r.Context(), p.client, r.SubscriptionID(), "")
	if err != nil {
		return err
	}
	var mostPools, mostNodes, largest int32
	for _, s := range state.Of(clusters, pools) {
		staying := s.Staying()
		mostPools, mostNodes = max(mostPools, int32(len(staying))), max(mostNodes, state.Nodes(staying))
		for _, pool := range staying {
			largest = max(largest, pool.Count)
		}
	}
	l, id := r.Subscription.Limits(), r.Scope()+"/"
	one := func(value, name string, current, limit int32) usage {
		return usage{id + value, usageName{value, name}, current, limit, "Count"}
	}
	return route.JSON(w, http.StatusOK, paging.List[usage]{Value: []usage{
		one("ManagedClusters", "Managed clusters", int32(len(clusters)), l.Clusters),
		one("AgentPoolsPerCluster", "Agent pools of the managed cluster that has most", mostPools, l.PoolsPerCluster),
		one("NodesPerCluster", "Nodes of the largest managed cluster", mostNodes, l.NodesPerCluster),
		one("NodesPerAgentPool", "Nodes of the largest agent pool", largest, l.NodesPerPool),
	}})
}
