package containerservice

import (
	"github.com/google/uuid"

	"lotse.dev/arm/oidcissuer"
	"lotse.dev/arm/route"
)

// newIssuer is a URL that no cluster has and that cannot be guessed; empty if the front door does not know its own address. The Host header is no
// source for it: any client can send one, and the URL becomes part of every token of the cluster.
func (p *Provider) newIssuer(r *route.Request) string {
	if p.publicURL == "" {
		return ""
	}
	return oidcissuer.URL(p.publicURL, r.Subscription.Spec.TenantID, uuid.NewString())
}
