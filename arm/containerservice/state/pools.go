package state

import (
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
)

// Pools of the cluster by name. Profiles that have not become objects yet count as if they had.
func (c Cluster) Pools() []Pool {
	if c.Object == nil {
		return nil
	}
	var all []Pool
	for i := range c.PoolObjects {
		p := &c.PoolObjects[i]
		all = append(all, Pool{p.Spec.Name, p.Spec.AgentPoolSpec, p})
	}
	for _, profile := range c.Pending() {
		all = overlay(all, profile)
	}
	slices.SortFunc(all, func(a, b Pool) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Pending are the profiles of the cluster's last write that its controller is yet to turn into objects.
func (c Cluster) Pending() []v1alpha1.PoolProfile {
	if c.Object.DeletionTimestamp != nil || c.Object.Status.PoolsAppliedGeneration >= c.Object.Generation {
		return nil
	}
	return c.Object.Spec.PoolProfiles
}

// IsPending reports whether the controller is yet to make a pool, or to change it, by the cluster's last write.
func (c Cluster) IsPending(pool string) bool {
	return slices.ContainsFunc(c.Pending(), func(p v1alpha1.PoolProfile) bool { return p.Name == pool })
}

func overlay(all []Pool, profile v1alpha1.PoolProfile) []Pool {
	for i := range all {
		if all[i].Name == profile.Name {
			all[i].Spec = profile.AgentPoolSpec
			return all
		}
	}
	return append(all, Pool{Name: profile.Name, Spec: profile.AgentPoolSpec})
}

// Pool of a name. Without one it is empty and false.
func (c Cluster) Pool(name string) (Pool, bool) {
	for _, p := range c.Pools() {
		if p.Name == name {
			return p, true
		}
	}
	return Pool{}, false
}

// PoolObject is the name of the object of a pool, whether there is one or not.
func (c Cluster) PoolObject(pool string) string {
	spec := c.Object.Spec
	return v1alpha1.ObjectName(v1alpha1.AgentPoolID(spec.SubscriptionID, spec.ResourceGroup, spec.Name, pool))
}

// Staying are the pools that are not being deleted, by name.
func (c Cluster) Staying() map[string]v1alpha1.AgentPoolSpec {
	pools := map[string]v1alpha1.AgentPoolSpec{}
	for _, p := range c.Pools() {
		if !p.Leaving() {
			pools[p.Name] = p.Spec
		}
	}
	return pools
}

// After are the pools that stay as the profiles of a spec leave them, by name.
func (c Cluster) After(spec v1alpha1.ManagedClusterSpec) map[string]v1alpha1.AgentPoolSpec {
	pools := c.Staying()
	for _, p := range spec.PoolProfiles {
		pools[p.Name] = p.AgentPoolSpec
	}
	return pools
}
