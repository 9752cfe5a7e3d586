package containerservice

import (
	"context"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/encoded"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
	"lotse.dev/release"
)

// Provider serves Microsoft.ContainerService.
type Provider struct {
	client    client.Client
	reads     client.Reader
	shared    client.Reader
	answers   *encoded.Answers
	observed  client.Reader
	clock     clock.PassiveClock
	real      clock.PassiveClock
	signer    operation.Signer
	location  string
	publicURL string
	endpoints []Endpoint
	commands  Commands
	preflight Preflight
}

// Endpoint is something that nodes need to reach (F2).
type Endpoint struct {
	Category    string
	Host        string
	Port        int32
	Protocol    string
	Description string
}

// Config of the provider.
type Config struct {
	// Client must not read from a cache.
	Client client.Client
	// Reads see each write that was answered. So do those of Shared, whose objects must not be changed.
	Reads, Shared client.Reader
	Answers       *encoded.Answers
	// Observed reads what runs on the management cluster; it may lag. Nil admits whatever is asked for.
	Observed client.Reader
	Clock    clock.PassiveClock
	// Real time, for locks and reservations, and in which certificates live.
	Real   clock.PassiveClock
	Signer operation.Signer
	// Location is the one location of this Lotse.
	Location string
	// PublicURL of the front door, below which clusters' OIDC issuers are; empty for none.
	PublicURL string
	// Endpoints are what nodes of every cluster need to reach, beyond their API server.
	Endpoints []Endpoint
	// Commands are run by it; nil leaves them out.
	Commands Commands
	// Preflight reads what upgrades of hosted clusters would meet; nil checks no upgrade ahead.
	Preflight Preflight
}

// New provider.
func New(c Config) *Provider {
	return &Provider{
		client: c.Client, reads: c.Reads, shared: c.Shared, answers: c.Answers, observed: c.Observed, clock: c.Clock, real: c.Real, signer: c.Signer, location: c.Location, publicURL: c.PublicURL, endpoints: c.Endpoints, commands: c.Commands, preflight: c.Preflight,
	}
}

// find the cluster in the path, to decide a write. If there is none, only the tenant is set.
func (p *Provider) find(r *route.Request) (state.Cluster, error) { return p.findIn(p.client, r) }

func (p *Provider) findIn(from client.Reader, r *route.Request) (state.Cluster, error) {
	s := state.Cluster{TenantID: r.Subscription.Spec.TenantID}
	c, err := inventory.Cluster(r.Context(), from, r.SubscriptionID(), r.Param("group"), r.Param("cluster"))
	if err != nil || c == nil {
		return s, err
	}
	s.Object = c
	s.PoolObjects, err = inventory.Pools(r.Context(), from, r.SubscriptionID(), c.Name)
	return s, err
}

// existing finds the cluster in the path, to decide a write. It is an error if there is none.
func (p *Provider) existing(r *route.Request) (state.Cluster, error) {
	return p.existingIn(p.client, r)
}

// shown is the cluster in the path, which must not be changed. It is an error if there is none.
func (p *Provider) shown(r *route.Request) (state.Cluster, error) { return p.existingIn(p.shared, r) }

func (p *Provider) existingIn(from client.Reader, r *route.Request) (state.Cluster, error) {
	s, err := p.findIn(from, r)
	if err != nil || s.Exists() {
		return s, err
	}
	if _, err := inventory.Group(r.Context(), from, r.SubscriptionID(), r.Param("group")); err != nil {
		return s, err
	}
	return s, inventory.NotFound(wire.ClusterType+"/"+r.Param("cluster"), r.Param("group"))
}

// shownPool is the pool in the path, which must not be changed. It is an error if there is none.
func (p *Provider) shownPool(r *route.Request) (state.Cluster, state.Pool, error) {
	s, err := p.shown(r)
	if err != nil {
		return s, state.Pool{}, err
	}
	return poolIn(s, r)
}

// existingPool finds the pool in the path, to decide a write. It is an error if there is none.
func (p *Provider) existingPool(r *route.Request) (state.Cluster, state.Pool, error) {
	s, err := p.existing(r)
	if err != nil {
		return s, state.Pool{}, err
	}
	return poolIn(s, r)
}

func poolIn(s state.Cluster, r *route.Request) (state.Cluster, state.Pool, error) {
	pool, ok := s.Pool(r.Param("pool"))
	if !ok {
		return s, pool, inventory.NotFound(wire.ClusterType+"/"+s.Object.Spec.Name+"/agentPools/"+r.Param("pool"), r.Param("group"))
	}
	return s, pool, nil
}

func (p *Provider) catalogue(ctx context.Context) (release.Catalogue, error) {
	var list v1alpha1.ReleaseList
	err := p.client.List(ctx, &list)
	return release.New(list.Items, p.clock.Now()), err
}

func (p *Provider) locks() concurrency.Locks {
	return concurrency.Locks{Client: p.client, Real: p.real}
}

func (p *Provider) urls(r *route.Request) operation.URLs {
	version := r.APIVersion()
	if version == "" {
		version = apiVersions[0]
	}
	return operation.NewURLs(p.signer, r.Base(), r.SubscriptionID(), wire.Namespace, p.location, version)
}
