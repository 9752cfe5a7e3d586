package containerservice

import (
	"net/http"

	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

type endpointDetail struct {
	Port        int32  `json:"port"`
	Protocol    string `json:"protocol,omitempty"`
	Description string `json:"description,omitempty"`
}

type endpointDependency struct {
	DomainName      string           `json:"domainName"`
	EndpointDetails []endpointDetail `json:"endpointDetails"`
}

type outboundEndpoint struct {
	Category  string               `json:"category"`
	Endpoints []endpointDependency `json:"endpoints"`
}

// outbound lists what the cluster's nodes need to reach (F2): their API server and tunnel, and what all nodes need.
func (p *Provider) outbound(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	var all []outboundEndpoint
	add := func(category, host string, details ...endpointDetail) {
		all = append(all, outboundEndpoint{category, []endpointDependency{{host, details}}})
	}
	if e := s.Object.Status.Endpoint; e.InternalHost != "" {
		add("apiserver", e.InternalHost, endpointDetail{e.InternalPort, "Https", "The cluster's API server."})
		add("tunnel", e.InternalHost, endpointDetail{e.TunnelPort, "Tcp", "The tunnel for logs, exec and webhooks (Konnectivity)."})
	}
	for _, e := range p.endpoints {
		add(e.Category, e.Host, endpointDetail{e.Port, e.Protocol, e.Description})
	}
	page, err := paging.Page(r.Request, all, func(e outboundEndpoint) string { return e.Category + "/" + e.Endpoints[0].DomainName })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}
