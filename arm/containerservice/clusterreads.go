package containerservice

import (
	"net/http"
	"strings"

	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/encoded"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

func (p *Provider) getCluster(w http.ResponseWriter, r *route.Request) error {
	s, err := p.shown(r)
	if err != nil {
		return err
	}
	body, err := p.encoded(s)
	if err != nil {
		return err
	}
	etag.Set(w.Header(), s.ETag())
	return route.Encoded(w, http.StatusOK, body)
}

// encoded is what a cluster looks like. It shows its pools too.
func (p *Provider) encoded(s state.Cluster) ([]byte, error) {
	var version strings.Builder
	version.WriteString(s.Object.ResourceVersion + " " + s.TenantID)
	for i := range s.PoolObjects {
		version.WriteString(" " + string(s.PoolObjects[i].UID) + " " + s.PoolObjects[i].ResourceVersion)
	}
	return p.answers.Of(string(s.Object.UID), version.String(), func() any { return wire.ClusterOf(s) })
}

// listClusters that the caller may read, of a group or of the subscription.
func (p *Provider) listClusters(w http.ResponseWriter, r *route.Request) error {
	if group := r.Param("group"); group != "" {
		if _, err := inventory.Group(r.Context(), p.shared, r.SubscriptionID(), group); err != nil {
			return err
		}
	}
	found, err := inventory.Clusters(r.Context(), p.shared, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return err
	}
	pools, err := inventory.Pools(r.Context(), p.shared, r.SubscriptionID(), "")
	if err != nil {
		return err
	}
	page, err := paging.Page(r.Request, visible(r, state.Of(found, pools)), func(s state.Cluster) string { return s.Object.ID() })
	if err != nil {
		return err
	}
	all := make([][]byte, len(page.Value))
	for i, s := range page.Value {
		if all[i], err = p.encoded(s); err != nil {
			return err
		}
	}
	body, err := encoded.List(all, page.NextLink)
	if err != nil {
		return err
	}
	return route.Encoded(w, http.StatusOK, body)
}

// visible are the clusters that the caller may read.
func visible(r *route.Request, clusters []state.Cluster) []state.Cluster {
	all := r.May(clusterActions+"read", "/subscriptions/"+r.SubscriptionID())
	var chosen []state.Cluster
	for _, s := range clusters {
		s.TenantID = r.Subscription.Spec.TenantID
		if all || r.May(clusterActions+"read", s.Object.ID()) {
			chosen = append(chosen, s)
		}
	}
	return chosen
}
