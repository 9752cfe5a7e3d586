package containerservice

import (
	"net/http"

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

// usages of the subscription beside its quotas. The quotas of a cluster and of a pool show the largest there is.
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
	for i := range clusters {
		s := state{cluster: &clusters[i]}
		for _, pool := range pools {
			if pool.Spec.Cluster == clusters[i].Name {
				s.pools = append(s.pools, pool)
			}
		}
		members := s.counted()
		mostPools, mostNodes = max(mostPools, int32(len(members))), max(mostNodes, nodes(members))
		for _, m := range members {
			largest = max(largest, m.Count)
		}
	}
	l, id := r.Subscription.Limits(), r.Scope()+"/"
	one := func(value, words string, current, limit int32) usage {
		return usage{id + value, usageName{value, words}, current, limit, "Count"}
	}
	return route.JSON(w, http.StatusOK, paging.List[usage]{Value: []usage{
		one("ManagedClusters", "Managed clusters", int32(len(clusters)), l.Clusters),
		one("AgentPoolsPerCluster", "Agent pools of the managed cluster that has most", mostPools, l.PoolsPerCluster),
		one("NodesPerCluster", "Nodes of the largest managed cluster", mostNodes, l.NodesPerCluster),
		one("NodesPerAgentPool", "Nodes of the largest agent pool", largest, l.NodesPerPool),
	}})
}
