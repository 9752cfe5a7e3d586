package admission

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/capacity"
)

// Load of the management cluster: its hosts, and what it runs or has promised to run.
type Load struct {
	Nodes    []corev1.Node
	Pods     []corev1.Pod
	Clusters []v1alpha1.ManagedCluster
	Pools    []v1alpha1.AgentPool
}

// With is the load with a cluster as it was just read: what was read of it before may be older, and lack pools that other writes have added.
func (l Load) With(present state.Cluster) Load {
	if !present.Exists() {
		return l
	}
	l.Clusters = slices.DeleteFunc(slices.Clone(l.Clusters), func(c v1alpha1.ManagedCluster) bool {
		return c.Namespace == present.Object.Namespace && c.Name == present.Object.Name
	})
	l.Pools = slices.DeleteFunc(slices.Clone(l.Pools), func(p v1alpha1.AgentPool) bool {
		return p.Namespace == present.Object.Namespace && p.Spec.Cluster == present.Object.Name
	})
	l.Clusters, l.Pools = append(l.Clusters, *present.Object), append(l.Pools, present.PoolObjects...)
	return l
}

// Growth are the Pods that a write adds: machines, and the control plane of a new cluster.
func Growth(present state.Cluster, spec v1alpha1.ManagedClusterSpec) []capacity.Request {
	if !present.Exists() && spec.PowerState == v1alpha1.Stopped {
		return nil // its start asks for capacity
	}
	more := running(present.After(spec)) - running(present.Staying())
	all := slices.Repeat([]capacity.Request{capacity.Machine}, int(max(0, more)))
	if !present.Exists() {
		all = append(all, controlPlane(nil)...)
	}
	return all
}

// running nodes of all pools together: those that are not stopped.
func running(pools map[string]v1alpha1.AgentPoolSpec) int32 {
	up := maps.Clone(pools)
	maps.DeleteFunc(up, func(_ string, p v1alpha1.AgentPoolSpec) bool { return p.Power() == v1alpha1.Stopped })
	return state.Nodes(up)
}

// Capacity refuses growth for which the management cluster has no host. Without nodes in the load, its hosts cannot be seen and nothing is
// refused.
func Capacity(l Load, growth []capacity.Request, target string) error {
	why := Lacking(l, growth)
	if why == "" {
		return nil
	}
	return fault.New(fault.AllocationFailed, "Allocation failed. This service's machines have no capacity for what is asked: %s. "+
		"Ask for fewer nodes, delete some first, or let the operator of this service add capacity.", why).At(target)
}

// Lacking is what the management cluster lacks for growth; empty if nothing, or if its hosts cannot be seen.
func Lacking(l Load, growth []capacity.Request) string {
	if len(l.Nodes) == 0 {
		return ""
	}
	hosts, waiting := capacity.Hosts(l.Nodes, l.Pods)
	waiting = append(waiting, promised(l)...)
	return capacity.Fit(hosts, append(waiting, growth...))
}

// promised are the Pods of admitted clusters that do not exist yet. Nothing is kept for what is stopped.
func promised(l Load) []capacity.Request {
	machines, components := map[string]int{}, map[string][]string{}
	for i := range l.Pods {
		labels := l.Pods[i].Labels
		cluster := labels[v1alpha1.LabelCluster]
		if labels[v1alpha1.LabelMachine] != "" {
			machines[labels[v1alpha1.LabelPool]]++
		} else if c := labels[v1alpha1.LabelComponent]; c != "" {
			components[cluster] = append(components[cluster], c)
		}
	}
	var all []capacity.Request
	for _, c := range state.Of(l.Clusters, l.Pools) {
		if c.Object.DeletionTimestamp != nil || c.Object.StopWanted() {
			continue
		}
		for name, pool := range c.Staying() { // the machines of a pool that is being deleted take the place of none of these
			if pool.Power() == v1alpha1.Stopped {
				continue
			}
			missing := int(pool.Count) - machines[c.PoolObject(name)]
			all = append(all, slices.Repeat([]capacity.Request{capacity.Machine}, max(0, missing))...)
		}
		all = append(all, controlPlane(components[c.Object.Name])...)
	}
	return all
}

// controlPlane is what the Pods of a control plane request, without the components that exist.
func controlPlane(existing []string) []capacity.Request {
	var all []capacity.Request
	for component, r := range capacity.ControlPlane {
		if !slices.Contains(existing, component) {
			all = append(all, r)
		}
	}
	return all
}
