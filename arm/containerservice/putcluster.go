package containerservice

import (
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/route"
)

// putCluster creates or changes a cluster: read the present state, decode, plan, admit (an upgrade also by what the cluster itself says), write.
func (p *Provider) putCluster(w http.ResponseWriter, r *route.Request) error {
	present, group, err := p.readCluster(r)
	if err != nil {
		return err
	}
	asked, err := p.decodeCluster(r, present)
	if err != nil {
		return err
	}
	spec, err := p.planCluster(r, present, asked)
	if err != nil {
		return err
	}
	if err := p.admitCluster(r, present, spec); err != nil {
		return err
	}
	if err := p.admitUpgrade(r.Context(), present, spec); err != nil {
		return err
	}
	return p.writeCluster(w, r, present, group, spec)
}

// readCluster reads the cluster in the path, if there is one, and its group, and checks what must hold before the body is read: the body is
// read against the present state, and that changes while an operation is in progress.
func (p *Provider) readCluster(r *route.Request) (state.Cluster, *v1alpha1.ResourceGroup, error) {
	if err := naming.Cluster(r.Param("cluster")); err != nil {
		return state.Cluster{}, nil, err
	}
	group, err := inventory.WritableGroup(r.Context(), p.client, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return state.Cluster{}, nil, err
	}
	present, err := p.find(r)
	if err != nil {
		return present, nil, err
	}
	return present, group, p.writable(r, present, present.ETag())
}

// writable checks the request's conditions against the etag, that no operation of the cluster or of a pool is in progress, and that the cluster
// runs.
func (p *Provider) writable(r *route.Request, present state.Cluster, tag string) error {
	if err := p.idle(r, present, tag); err != nil || !present.Exists() {
		return err
	}
	return admission.Runs(present)
}

func (p *Provider) decodeCluster(r *route.Request, present state.Cluster) (request.Cluster, error) {
	spec, shown := newClusterSpec(r), any(clusterIdentifiers(r))
	if present.Exists() {
		spec, shown = present.Object.Spec, wire.ClusterOf(present)
	}
	o, err := body.Read(r.Request, shown)
	if err != nil {
		return request.Cluster{}, err
	}
	return request.DecodeCluster(o, present, spec, p.location)
}

func newClusterSpec(r *route.Request) v1alpha1.ManagedClusterSpec {
	return v1alpha1.ManagedClusterSpec{SubscriptionID: r.SubscriptionID(), ResourceGroup: r.Param("group"), Name: r.Param("cluster")}
}

func clusterIdentifiers(r *route.Request) wire.Identifiers {
	spec := newClusterSpec(r)
	return wire.Identifiers{ID: v1alpha1.ManagedClusterID(spec.SubscriptionID, spec.ResourceGroup, spec.Name), Name: spec.Name, Type: wire.ClusterType}
}

func (p *Provider) planCluster(r *route.Request, present state.Cluster, asked request.Cluster) (v1alpha1.ManagedClusterSpec, error) {
	facts, err := p.planFacts(r, present)
	if err != nil {
		return v1alpha1.ManagedClusterSpec{}, err
	}
	return plan.Cluster(asked, facts)
}

// planFacts reads what a plan needs beside the cluster itself.
func (p *Provider) planFacts(r *route.Request, present state.Cluster) (plan.Facts, error) {
	facts := plan.Facts{Present: present, Issuer: p.newIssuer(r), Caller: r.Caller.Name(), Now: p.clock.Now()}
	var err error
	if !present.Exists() {
		if facts.ManagementNetworks, err = p.managementNetworks(r.Context()); err != nil {
			return facts, err
		}
	}
	facts.Catalogue, err = p.catalogue(r.Context())
	return facts, err
}
