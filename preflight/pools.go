package preflight

import "lotse.dev/release"

// skew of nodes to the new control plane. It holds from the moment that the control plane runs, before any pool is upgraded. Nobody can override it.
func (f Facts) skew() (all []Finding) {
	for _, p := range f.Pools {
		if err := release.CheckPool(p.Runs, f.To); err != nil {
			all = append(all, finding(Skew, Blocks, p.Name, "Nodes of agent pool '%s' could not work with the new control plane: %v. Upgrade the pool first.", p.Name, err))
			continue
		}
		next := release.Version{Major: f.To.Major, Minor: f.To.Minor + 1}
		if !p.Drained && release.CheckPool(p.To, next) != nil {
			all = append(all, finding(Skew, Warns, p.Name, "Agent pool '%s' stays at Kubernetes %s: the upgrade to %s is refused until the pool has a newer one. "+
				"Upgrade the pool after the control plane.", p.Name, p.To, next.MinorString()))
		}
	}
	return all
}

// surge machines need capacity, as new nodes do.
func (f Facts) surge() []Finding {
	if f.Lacking == "" {
		return nil
	}
	return []Finding{finding(Capacity, Blocks, "surge nodes", "This service's machines have no capacity for the nodes that the upgrade adds while it replaces others: %s. "+
		"Set maxUnavailable of User pools in place of maxSurge, ask for fewer nodes, delete some first, or let the operator of this service add capacity.", f.Lacking)}
}
