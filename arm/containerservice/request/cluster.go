package request

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
)

// Cluster is what a body asks for, merged over the present spec: properties that it does not name stay as they are.
type Cluster struct {
	Spec v1alpha1.ManagedClusterSpec
	// Version as asked, to be resolved; empty means the present one, or the default of a new cluster.
	Version string
	// Issuer is set if an OIDC issuer is asked for.
	Issuer bool
	// Gates are the version gates that are acknowledged, all of them, if GatesSent.
	Gates     []string
	GatesSent bool
	Pools     []Pool
}

// DecodeCluster reads the body of a PUT. spec is the present one; of a new cluster it holds the names in the path. location is the one
// location of this Lotse. The error names every property that is wrong.
func DecodeCluster(o *body.Object, present state.Cluster, spec v1alpha1.ManagedClusterSpec, location string) (Cluster, error) {
	req := Cluster{Spec: *spec.DeepCopy()}
	o.Ignored("id", "name", "type", "eTag", "systemData")
	fixed(o, clusterRoot)
	decodeIdentity(o)
	if asked, ok := o.String("location"); ok {
		o.Fail(locate(&req.Spec, asked, location))
	} else if req.Spec.Location == "" {
		o.Fail(fault.New(fault.InvalidParameter, "The location property is required for this definition. Send '%s'.", location).At("location"))
	}
	decodeTags(o, &req.Spec)
	decodeProperties(o.Object("properties"), present, &req)
	return req, o.Finish()
}

// DecodeTags reads the body of a PATCH, which can change the tags only. It names no pools.
func DecodeTags(o *body.Object, spec v1alpha1.ManagedClusterSpec) (v1alpha1.ManagedClusterSpec, error) {
	after := *spec.DeepCopy()
	after.PoolProfiles = nil
	decodeTags(o, &after)
	return after, o.Finish()
}

func decodeTags(o *body.Object, spec *v1alpha1.ManagedClusterSpec) {
	if tags, ok := o.Map("tags"); ok {
		spec.Tags = tags
		o.Fail(naming.Tags(tags, "tags"))
	}
}

func locate(spec *v1alpha1.ManagedClusterSpec, asked, location string) error {
	switch to := naming.Location(asked); {
	case spec.Location != "" && to != naming.Location(spec.Location):
		return fault.New(fault.InvalidResourceLocation, "The resource '%s' already exists in location '%s' in resource group '%s'. "+
			"A resource with the same name cannot be created in location '%s'.", spec.Name, spec.Location, spec.ResourceGroup, asked).At("location")
	case to != naming.Location(location):
		return fault.New(fault.LocationNotAvailable, "The provided location '%s' is not available for resource type '%s'. "+
			"List of available regions for the resource type is '%s'.", asked, wire.ClusterType, location).At("location")
	}
	spec.Location = naming.Location(location)
	return nil
}

func decodeProperties(p *body.Object, present state.Cluster, req *Cluster) {
	p.Ignored("provisioningState", "maxAgentPools", "currentKubernetesVersion", "fqdn", "privateFQDN", "azurePortalFQDN",
		"resourceUID")
	decodeClusterExtension(p.Object("lotseProfile"), req)
	fixed(p, clusterKnown)
	decodeClusterPower(p, present, &req.Spec)
	decodeIdentities(p)
	decodeAddons(p, &req.Spec)
	decodeAutoUpgrade(p.Object("autoUpgradeProfile"), &req.Spec, present.Exists())
	decodeUpgradeOverride(p.Object("upgradeSettings"), &req.Spec)
	p.Always("enableRBAC", true, "a cluster of Lotse always has role-based access control")
	if v, ok := p.String("kubernetesVersion"); ok {
		req.Version = v
	}
	if v, ok := p.String("dnsPrefix"); ok {
		p.Fail(keep(&req.Spec.DNSPrefix, v, present.Exists(), p.Path("dnsPrefix")))
	}
	if v, ok := p.String("nodeResourceGroup"); ok {
		p.Fail(keep(&req.Spec.NodeResourceGroup, v, present.Exists(), p.Path("nodeResourceGroup")))
	}
	decodeNetwork(p.Object("networkProfile"), present.Exists(), &req.Spec.Network)
	decodeIssuer(p.Object("oidcIssuerProfile"), req)
	for _, item := range p.Objects("agentPoolProfiles", "name") {
		req.Pools = append(req.Pools, decodeProfile(item, present))
	}
	_ = p.Finish() // the root returns the faults
}

// decodeClusterPower of a new cluster, which may be created stopped. One that exists is stopped and started by actions, and a client that sends
// back what it read may send a state that has passed.
func decodeClusterPower(p *body.Object, present state.Cluster, spec *v1alpha1.ManagedClusterSpec) {
	if present.Exists() {
		p.Ignored("powerState")
		return
	}
	spec.PowerState = askedPower(p.Object("powerState"), spec.PowerState)
}

// decodeIdentity takes the identity that every cluster has. Its IDs are the server's.
func decodeIdentity(o *body.Object) {
	i := o.Object("identity")
	i.Ignored("principalId", "tenantId")
	fixed(i, identityKnown)
	_ = i.Finish()
}

// decodeIdentities of the cluster's parts, such as the kubelets. Only one that was made in Azure has a resource ID.
func decodeIdentities(p *body.Object) {
	for _, identity := range p.Members("identityProfile") {
		identity.Ignored("clientId", "objectId")
		identity.Fixed("resourceId", azureHint)
		_ = identity.Finish()
	}
}

// unless the value is the default, which is not stored.
func unless(value, standard string) string {
	if value == standard {
		return ""
	}
	return value
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
	if v, ok := n.Choice("networkPluginMode", "", wire.Overlay); ok && wire.PluginMode(*spec) != v {
		n.Fail(keep(&spec.PluginMode, v, exists, n.Path("networkPluginMode")))
	}
	for name, to := range map[string]*string{"networkPlugin": &spec.Plugin, "dnsServiceIP": &spec.DNSServiceIP} {
		if v, ok := n.String(name); ok {
			n.Fail(keep(to, v, exists, n.Path(name)))
		}
	}
	_ = n.Finish()
}
