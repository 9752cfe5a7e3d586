package containerservice

import (
	"net/netip"
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/etag"
)

// state is a cluster and its pools as they are on the management cluster.
type state struct {
	cluster  *v1alpha1.ManagedCluster
	pools    []v1alpha1.AgentPool
	tenantID string
	// around are the management cluster's networks, where a new cluster asks for its own.
	around []netip.Prefix
}

// member is a pool of a cluster: an object, or still only a profile in the cluster's spec, or both.
type member struct {
	name   string
	spec   v1alpha1.AgentPoolSpec
	object *v1alpha1.AgentPool
}

// members are the cluster's pools by name. Profiles that have not become objects yet count as if they had.
func (s state) members() []member {
	var all []member
	for i := range s.pools {
		p := &s.pools[i]
		all = append(all, member{p.Spec.Name, p.Spec.AgentPoolSpec, p})
	}
	if s.cluster.DeletionTimestamp == nil && s.cluster.Status.PoolsAppliedGeneration < s.cluster.Generation {
		for _, profile := range s.cluster.Spec.PoolProfiles {
			all = overlay(all, profile)
		}
	}
	slices.SortFunc(all, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return all
}

func overlay(all []member, profile v1alpha1.PoolProfile) []member {
	for i := range all {
		if all[i].name == profile.Name {
			all[i].spec = profile.AgentPoolSpec
			return all
		}
	}
	return append(all, member{name: profile.Name, spec: profile.AgentPoolSpec})
}

func (s state) member(name string) (member, bool) {
	for _, m := range s.members() {
		if m.name == name {
			return m, true
		}
	}
	return member{}, false
}

// counted are the pools that stay, by name.
func (s state) counted() map[string]v1alpha1.AgentPoolSpec {
	pools := map[string]v1alpha1.AgentPoolSpec{}
	if s.cluster == nil {
		return pools
	}
	for _, m := range s.members() {
		if m.object == nil || m.object.DeletionTimestamp == nil {
			pools[m.name] = m.spec
		}
	}
	return pools
}

// after are the pools as a spec's profiles leave them.
func (s state) after(spec v1alpha1.ManagedClusterSpec) map[string]v1alpha1.AgentPoolSpec {
	pools := s.counted()
	for _, p := range spec.PoolProfiles {
		pools[p.Name] = p.AgentPoolSpec
	}
	return pools
}

// etag of the cluster changes with its spec.
func (s state) etag() string {
	if s.cluster == nil {
		return ""
	}
	return etag.Of(s.cluster.UID, s.cluster.Generation)
}

// etag of a pool changes with its spec and with its cluster's.
func (s state) poolETag(m member) string {
	if m.object == nil {
		return ""
	}
	return etag.Of(m.object.UID, m.object.Generation, s.cluster.Generation)
}

// poolState is a pool's provisioning state; one that is only a profile is as far as its cluster.
func (s state) poolState(m member) string {
	if m.object == nil {
		return v1alpha1.Creating
	}
	return v1alpha1.ProvisioningState(m.object)
}
