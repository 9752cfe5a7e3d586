package containerservice

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
)

// request is what a body asks for, merged over what is: properties it does not name stay as they are.
type request struct {
	spec v1alpha1.ManagedClusterSpec
	// version as asked, to be resolved; empty means the present one or the default.
	version string
	pools   []poolRequest
}

// poolRequest is one pool that a body asks for.
type poolRequest struct {
	name string
	spec v1alpha1.AgentPoolSpec
	// present spec; nil for a new pool.
	present *v1alpha1.AgentPoolSpec
	// version as asked; versionSent tells "" (the control plane's) from nothing (as it is).
	version     string
	versionSent bool
	// path of the pool's properties in the body.
	path string
	// failed tells that the pool's last operation did.
	failed bool
}

func decodeCluster(o *body.Object, present state, spec v1alpha1.ManagedClusterSpec, location string) (request, error) {
	req := request{spec: spec}
	o.ReadOnly("id", "name", "type", "eTag", "systemData")
	fixed(o, clusterRoot)
	if asked, ok := o.String("location"); ok {
		o.Fail(locate(&req.spec, asked, location))
	} else if req.spec.Location == "" {
		o.Fail(fault.New(fault.InvalidParameter, "The location property is required for this definition. Send '%s'.", location).At("location"))
	}
	if tags, ok := o.Map("tags"); ok {
		req.spec.Tags = tags
		o.Fail(naming.Tags(tags, "tags"))
	}
	decodeProperties(o.Object("properties"), present, &req)
	return req, o.Finish()
}

func locate(spec *v1alpha1.ManagedClusterSpec, asked, location string) error {
	switch to := naming.Location(asked); {
	case spec.Location != "" && to != naming.Location(spec.Location):
		return fault.New(fault.InvalidResourceLocation, "The resource '%s' already exists in location '%s' in resource group '%s'. "+
			"A resource with the same name cannot be created in location '%s'.", spec.Name, spec.Location, spec.ResourceGroup, asked).At("location")
	case to != naming.Location(location):
		return fault.New(fault.LocationNotAvailable, "The provided location '%s' is not available for resource type '%s'. "+
			"List of available regions for the resource type is '%s'.", asked, clusterType, location).At("location")
	}
	spec.Location = naming.Location(location)
	return nil
}

func decodeProperties(p *body.Object, present state, req *request) {
	p.ReadOnly("provisioningState", "powerState", "maxAgentPools", "currentKubernetesVersion", "fqdn", "privateFQDN", "azurePortalFQDN",
		"resourceUID", "privateLinkResources")
	fixed(p, clusterKnown)
	p.Always("enableRBAC", true, "a cluster of Lotse always has role-based access control")
	if v, ok := p.String("kubernetesVersion"); ok {
		req.version = v
	}
	if v, ok := p.String("dnsPrefix"); ok {
		p.Fail(keep(&req.spec.DNSPrefix, v, present.cluster != nil, p.Path("dnsPrefix")))
	}
	if v, ok := p.String("nodeResourceGroup"); ok {
		p.Fail(keep(&req.spec.NodeResourceGroup, v, present.cluster != nil, p.Path("nodeResourceGroup")))
	}
	decodeNetwork(p.Object("networkProfile"), present.cluster != nil, &req.spec.Network)
	for _, item := range p.Objects("agentPoolProfiles", "name") {
		req.pools = append(req.pools, decodeProfile(item, present))
	}
	_ = p.Finish() // collected by the root
}

func decodeNetwork(n *body.Object, exists bool, spec *v1alpha1.NetworkSpec) {
	fixed(n, networkKnown)
	take := func(name, many string, to *string) {
		v, ok := n.String(name)
		if ok {
			n.Fail(keep(to, v, exists, n.Path(name)))
		}
		values, _ := n.Strings(many)
		switch {
		case len(values) > 1, len(values) == 1 && ok && values[0] != v:
			n.Fail(fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: there is one address family, IPv4; send one CIDR.",
				n.Path(many)).At(n.Path(many)))
		case len(values) == 1 && !ok:
			n.Fail(keep(to, values[0], exists, n.Path(many)))
		}
	}
	take("podCidr", "podCidrs", &spec.PodCIDR)
	take("serviceCidr", "serviceCidrs", &spec.ServiceCIDR)
	for name, to := range map[string]*string{"networkPlugin": &spec.Plugin, "dnsServiceIP": &spec.DNSServiceIP} {
		if v, ok := n.String(name); ok {
			n.Fail(keep(to, v, exists, n.Path(name)))
		}
	}
	_ = n.Finish()
}
