package containerservice

import (
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

func (p *Provider) getCluster(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	etag.Set(w.Header(), s.etag())
	return route.JSON(w, http.StatusOK, clusterBodyOf(s))
}

// listClusters of a group, or of the subscription, that the caller may read.
func (p *Provider) listClusters(w http.ResponseWriter, r *route.Request) error {
	if group := r.Param("group"); group != "" {
		if _, err := inventory.Group(r.Context(), p.client, r.SubscriptionID(), group); err != nil {
			return err
		}
	}
	found, err := inventory.Clusters(r.Context(), p.client, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return err
	}
	pools, err := inventory.Pools(r.Context(), p.client, r.SubscriptionID(), "")
	if err != nil {
		return err
	}
	members := map[string][]v1alpha1.AgentPool{}
	for _, pool := range pools {
		members[pool.Spec.Cluster] = append(members[pool.Spec.Cluster], pool)
	}
	var bodies []clusterBody
	for i := range found {
		if c := &found[i]; r.May(clusterVerbs+"read", c.ID()) {
			bodies = append(bodies, clusterBodyOf(state{cluster: c, pools: members[c.Name], tenantID: r.Subscription.Spec.TenantID}))
		}
	}
	page, err := paging.Page(r.Request, bodies, func(b clusterBody) string { return b.ID })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}
