package containerservice

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
	"lotse.dev/release"
)

// Provider serves Microsoft.ContainerService.
type Provider struct {
	client    client.Client
	seal      operation.Seal
	observed  client.Reader
	location  string
	endpoints []Endpoint
}

// Endpoint is something that nodes need to reach (F2).
type Endpoint struct {
	Category    string
	Host        string
	Port        int32
	Protocol    string
	Description string
}

// New provider in the one location that this Lotse is. The client must not read from a cache: a read sees the write before it. observed may
// lag; it is asked whether the management cluster has room, and nil lets in whatever is asked for. endpoints are what nodes of every cluster
// need to reach, beyond their API server.
func New(c client.Client, observed client.Reader, seal operation.Seal, location string, endpoints []Endpoint) *Provider {
	return &Provider{client: c, observed: observed, seal: seal, location: location, endpoints: endpoints}
}

// load the cluster in the path, which may be missing: then only the tenant is set.
func (p *Provider) load(r *route.Request) (state, error) {
	s := state{tenantID: r.Subscription.Spec.TenantID}
	c, err := inventory.Cluster(r.Context(), p.client, r.SubscriptionID(), r.Param("group"), r.Param("cluster"))
	if err != nil || c == nil {
		return s, err
	}
	s.cluster = c
	s.pools, err = inventory.Pools(r.Context(), p.client, r.SubscriptionID(), c.Name)
	return s, err
}

// existing loads the cluster in the path or says that it is not there.
func (p *Provider) existing(r *route.Request) (state, error) {
	s, err := p.load(r)
	if err != nil || s.cluster != nil {
		return s, err
	}
	if _, err := inventory.Group(r.Context(), p.client, r.SubscriptionID(), r.Param("group")); err != nil {
		return s, err
	}
	return s, inventory.NotFound(clusterType+"/"+r.Param("cluster"), r.Param("group"))
}

// pool finds the pool in the path or says that it is not there.
func (p *Provider) pool(r *route.Request) (state, member, error) {
	s, err := p.existing(r)
	if err != nil {
		return s, member{}, err
	}
	m, ok := s.member(r.Param("pool"))
	if !ok {
		err = inventory.NotFound(clusterType+"/"+s.cluster.Spec.Name+"/agentPools/"+r.Param("pool"), r.Param("group"))
	}
	return s, m, err
}

func (p *Provider) catalogue(ctx context.Context) (release.Catalogue, error) {
	var list v1alpha1.ReleaseList
	err := p.client.List(ctx, &list)
	return release.New(list.Items), err
}

func (p *Provider) urls(r *route.Request) operation.URLs {
	version := r.APIVersion()
	if version == "" {
		version = "2025-02-01"
	}
	return operation.NewURLs(p.seal, r.Base(), r.SubscriptionID(), "Microsoft.ContainerService", p.location, version)
}
