package containerservice

import (
	"net/http"

	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
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
	etag.Set(w.Header(), s.ETag())
	return route.JSON(w, http.StatusOK, wire.ClusterOf(s))
}

// listClusters that the caller may read, of a group or of the subscription.
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
	var bodies []wire.Cluster
	for _, s := range state.Of(found, pools) {
		s.TenantID = r.Subscription.Spec.TenantID
		if r.May(clusterActions+"read", s.Object.ID()) {
			bodies = append(bodies, wire.ClusterOf(s))
		}
	}
	page, err := paging.Page(r.Request, bodies, func(b wire.Cluster) string { return b.ID })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}
