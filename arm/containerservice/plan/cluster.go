package plan

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/release"
)

// Facts that a plan is made from.
type Facts struct {
	Present   state.Cluster
	Catalogue release.Catalogue
	// ManagementNetworks are the management cluster's own, which the networks of a new cluster must not overlap with.
	ManagementNetworks []netip.Prefix
	// Issuer is the URL of an OIDC issuer for this cluster, if it is to get one; empty if the front door does not know its own address.
	Issuer string
	// Caller who asks, to be recorded, and when.
	Caller string
	Now    time.Time
}

// Cluster makes the spec that the PUT of a cluster leads to. The error says all that is wrong with it.
func Cluster(req request.Cluster, f Facts) (v1alpha1.ManagedClusterSpec, error) {
	spec := req.Spec
	var faults []*fault.Error
	if !f.Present.Exists() {
		spec = complete(spec)
		faults = checkNew(spec, f.ManagementNetworks)
	}
	if err := planVersion(&spec, req.Version, f); err != nil { // without a version there is none to measure the pools' by
		return spec, fault.Join(append(faults, one(err)...))
	}
	faults = append(faults, one(planIssuer(&spec, req.Issuer, f.Issuer))...)
	faults = append(faults, one(planConsent(&spec, req, f))...)
	pools, wrong := profiles(append(req.Pools, repetitions(req, f.Present)...), spec, f)
	if faults = append(faults, wrong...); len(faults) > 0 {
		return spec, fault.Join(faults)
	}
	spec.PoolProfiles = pools
	return spec, fault.Join(checkTogether(spec, f.Present))
}

// complete fills in what a new cluster's request left out.
func complete(spec v1alpha1.ManagedClusterSpec) v1alpha1.ManagedClusterSpec {
	if spec.NodeResourceGroup == "" {
		spec.NodeResourceGroup = v1alpha1.DefaultNodeResourceGroup(spec.ResourceGroup, spec.Name, spec.Location)
	}
	if spec.DNSPrefix == "" {
		spec.DNSPrefix = defaultDNSPrefix(spec)
	}
	spec.Network = completeNetwork(spec.Network)
	return spec
}

// checkNew says what is wrong with a new cluster, except for its version and its pools.
func checkNew(spec v1alpha1.ManagedClusterSpec, management []netip.Prefix) []*fault.Error {
	faults := checkNetwork(spec.Network, management)
	faults = append(faults, one(naming.DNSPrefix(spec.DNSPrefix))...)
	faults = append(faults, one(naming.NodeGroup(spec.NodeResourceGroup))...)
	if strings.EqualFold(spec.NodeResourceGroup, spec.ResourceGroup) {
		faults = append(faults, fault.New(fault.InvalidParameter, "The node resource group must not be the cluster's own resource group '%s'.",
			spec.ResourceGroup).At("properties.nodeResourceGroup"))
	}
	return faults
}

// repetitions are the pools that the request does not name and whose last operation failed: writing the cluster again repeats it.
func repetitions(req request.Cluster, present state.Cluster) []request.Pool {
	var all []request.Pool
	for _, p := range present.Pools() {
		named := slices.ContainsFunc(req.Pools, func(r request.Pool) bool { return r.Name == p.Name })
		if p.Failed() && !named && !p.Leaving() {
			again := request.Keep(p.Name, present)
			again.Path = "properties.agentPoolProfiles"
			all = append(all, again)
		}
	}
	return all
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
func planVersion(spec *v1alpha1.ManagedClusterSpec, asked string, f Facts) error {
	const target = "properties.kubernetesVersion"
	if f.Present.Exists() && same(asked, spec.KubernetesVersion) {
		if asked != "" {
			spec.VersionAlias = alias(asked)
		}
		return nil
	}
	to, err := resolve(asked, spec.KubernetesVersion, f)
	if err != nil {
		return fault.New(fault.KubernetesVersionNotAllowed, "Kubernetes %v.", err).At(target)
	}
	r, _ := f.Catalogue.Release(to)
	spec.KubernetesVersion, spec.VersionAlias, spec.Release = to.String(), alias(asked), r.Name
	return nil
}

// resolve a version that is not the present one. An upgrade that failed may have left the control plane at the version before: it skips no minor either.
func resolve(asked, present string, f Facts) (release.Version, error) {
	if !f.Present.Exists() {
		return f.Catalogue.Resolve(asked)
	}
	to, err := f.Catalogue.ResolveUpgrade(asked, state.Version(present))
	if runs := f.Present.Object.Status.CurrentKubernetesVersion; err == nil && runs != "" && runs != present {
		if err := release.CheckUpgrade(state.Version(runs), to); err != nil {
			return to, fmt.Errorf("%w: the upgrade to %s has not been completed; repeat it first", err, present)
		}
	}
	return to, err
}

// alias is the version as it was asked for if that names a minor and no patch, or else nothing.
func alias(asked string) string {
	if v, err := release.ParseVersion(asked); err == nil && v.Alias() {
		return v.String()
	}
	return ""
}

// same reports whether the version asked for is the present one: nothing, the same version, or its alias.
func same(asked, present string) bool {
	if asked == "" {
		return true
	}
	a, err := release.ParseVersion(asked)
	p := state.Version(present)
	return err == nil && (a == p || a.Alias() && a.SameMinor(p))
}

// checkTogether says what is wrong with the cluster's pools as a whole, those the request did not name included.
func checkTogether(spec v1alpha1.ManagedClusterSpec, present state.Cluster) []*fault.Error {
	const target = "properties.agentPoolProfiles"
	systems := 0
	var faults []*fault.Error
	after := present.After(spec)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		p := after[name]
		if p.Mode == v1alpha1.SystemPool {
			systems++
		}
		if err := release.CheckPool(state.Version(p.OrchestratorVersion), state.Version(spec.KubernetesVersion)); err != nil {
			faults = append(faults, fault.New(fault.VersionNotSupported, "Agent pool '%s': %v.", name, err).At(target))
		}
	}
	if systems == 0 {
		faults = append(faults, fault.New(fault.InvalidParameter, "There has to be at least one agent pool of mode System.").At(target))
	}
	return append(faults, checkAddresses(spec.Network.PodCIDR, state.Nodes(present.Staying()), state.Nodes(after), !present.Exists())...)
}
