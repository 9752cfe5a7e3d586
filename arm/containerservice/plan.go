package containerservice

import (
	"fmt"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/release"
)

// planCluster makes the spec that a request leads to, or says all that is wrong with it. It is the whole decision of a PUT.
func planCluster(req request, present state, catalogue release.Catalogue) (v1alpha1.ManagedClusterSpec, error) {
	spec := req.spec
	var faults []*fault.Error
	add := func(f ...*fault.Error) { faults = append(faults, f...) }

	if present.cluster == nil {
		if spec.NodeResourceGroup == "" {
			spec.NodeResourceGroup = v1alpha1.DefaultNodeResourceGroup(spec.ResourceGroup, spec.Name, spec.Location)
		}
		if spec.DNSPrefix == "" {
			spec.DNSPrefix = defaultDNSPrefix(spec)
		}
		spec.Network = completeNetwork(spec.Network)
		add(checkNetwork(spec.Network, present.around)...)
		add(one(naming.DNSPrefix(spec.DNSPrefix))...)
		add(one(naming.NodeGroup(spec.NodeResourceGroup))...)
		if strings.EqualFold(spec.NodeResourceGroup, spec.ResourceGroup) {
			add(fault.New(fault.InvalidParameter, "The node resource group must not be the cluster's own resource group '%s'.",
				spec.ResourceGroup).At("properties.nodeResourceGroup"))
		}
	}
	add(one(planVersion(&spec, req.version, present, catalogue))...)
	if len(faults) > 0 {
		return spec, fault.Join(faults)
	}
	if spec.PoolProfiles, faults = planPools(req.pools, spec, present, catalogue); len(faults) > 0 {
		return spec, fault.Join(faults)
	}
	return spec, fault.Join(checkTogether(spec, present))
}

// defaultDNSPrefix follows az: cluster, group and the subscription's first letters, without what a DNS label cannot hold.
func defaultDNSPrefix(spec v1alpha1.ManagedClusterSpec) string {
	letters := strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, fmt.Sprintf("%.10s-%.16s-%.6s", spec.Name, spec.ResourceGroup, spec.SubscriptionID))
	return strings.Trim(letters, "-")
}

func one(err error) []*fault.Error {
	if err == nil {
		return nil
	}
	return []*fault.Error{fault.Of(err)}
}

// planVersion resolves the version that is asked for. An existing cluster's alias never upgrades it, and its release stays unless its
// version changes (A6).
func planVersion(spec *v1alpha1.ManagedClusterSpec, asked string, present state, catalogue release.Catalogue) error {
	const target = "properties.kubernetesVersion"
	if present.cluster != nil && same(asked, spec.KubernetesVersion) {
		return nil
	}
	to, err := catalogue.Resolve(asked)
	if err == nil && present.cluster != nil {
		err = release.CheckUpgrade(version(spec.KubernetesVersion), to)
	}
	if err != nil {
		return fault.New(fault.KubernetesVersionNotAllowed, "Kubernetes %v.", err).At(target)
	}
	r, _ := catalogue.Release(to)
	spec.KubernetesVersion, spec.Release = to.String(), r.Name
	return nil
}

// same reports whether what is asked for is what there is: nothing, the same version, or its alias.
func same(asked, present string) bool {
	if asked == "" {
		return true
	}
	a, err := release.ParseVersion(asked)
	p := version(present)
	return err == nil && (a == p || a.Alias() && a.SameMinor(p))
}

// checkTogether says what is wrong with the cluster's pools as a whole, those the request did not name included.
func checkTogether(spec v1alpha1.ManagedClusterSpec, present state) []*fault.Error {
	const target = "properties.agentPoolProfiles"
	systems := 0
	var faults []*fault.Error
	after := present.after(spec)
	for name, p := range after {
		if p.Mode == v1alpha1.SystemPool {
			systems++
		}
		if err := release.CheckPool(version(p.OrchestratorVersion), version(spec.KubernetesVersion)); err != nil {
			faults = append(faults, fault.New(fault.VersionNotSupported, "Agent pool '%s': %v.", name, err).At(target))
		}
	}
	if systems == 0 {
		faults = append(faults, fault.New(fault.InvalidParameter, "There has to be at least one agent pool of mode System.").At(target))
	}
	return append(faults, checkAddresses(spec.Network.PodCIDR, nodes(present.counted()), nodes(after), present.cluster == nil)...)
}
