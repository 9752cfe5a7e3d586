package containerservice

import (
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/route"
)

// patchCluster replaces the tags; a PATCH can change nothing else. It decides by the cached cluster, so it is one call. If the cluster has changed
// since, the write is refused and decided again.
func (p *Provider) patchCluster(w http.ResponseWriter, r *route.Request) error {
	present, err := p.existingIn(p.reads, r)
	if err != nil {
		return err
	}
	if err := p.writable(r, present, present.ETag()); err != nil {
		return err
	}
	o, err := body.Read(r.Request, wire.ClusterOf(present))
	if err != nil {
		return err
	}
	spec, err := request.DecodeTags(o, present.Object.Spec)
	if err != nil {
		return err
	}
	return p.updateCluster(w, r, present, spec, v1alpha1.Updating)
}
