package plan

import (
	"cmp"
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// WithoutMachines makes the spec of a pool from which machines go by name. Its count falls by those that count: not by what is deallocated, and not
// by what an earlier request has named, which a repeated one resumes. No other machine goes, also where an operation that was aborted left more
// than the count.
func WithoutMachines(pool state.Pool, machines []v1alpha1.Machine, names []string) (v1alpha1.AgentPoolSpec, error) {
	spec := *pool.Spec.DeepCopy()
	named, unknown := find(machines, names)
	if len(unknown) > 0 {
		return spec, fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: the agent pool '%s' has no machine named '%s'. Its machines are "+
			"listed by GET …/agentPools/%s/machines.", request.MachineNames, pool.Name, strings.Join(unknown, "', '"), pool.Name).At(request.MachineNames)
	}
	counting := counting(pool.Spec, machines)
	falls := int32(0)
	spec.RemoveMachines = slices.DeleteFunc(spec.RemoveMachines, func(name string) bool { return !has(machines, name) })
	for _, m := range named {
		if has(counting, m.Spec.Hostname) {
			falls++
		}
		if !slices.Contains(spec.RemoveMachines, m.Spec.Hostname) {
			spec.RemoveMachines = append(spec.RemoveMachines, m.Spec.Hostname)
		}
	}
	if spec.Count = max(0, max(spec.Count, int32(len(counting)))-falls); spec.Mode == v1alpha1.SystemPool && spec.Count == 0 {
		return spec, fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: a System pool has at least one node, and '%s' would have none. "+
			"Name fewer machines, or scale the pool up first.", request.MachineNames, pool.Name).At(request.MachineNames)
	}
	if pool.Failed() {
		spec.Attempt++
	}
	return spec, nil
}

// counting are the machines that the pool's count means, or would mean if an aborted operation had gone on. Of a stopped pool that keeps machines beyond its
// count, deallocated, these are the ones that its scale set starts: the oldest.
func counting(pool v1alpha1.AgentPoolSpec, machines []v1alpha1.Machine) []v1alpha1.Machine {
	all := slices.DeleteFunc(slices.Clone(machines), func(m v1alpha1.Machine) bool { return !counts(pool, m) })
	if pool.Power() != v1alpha1.Stopped || pool.ScaleDownMode != v1alpha1.DeallocateMachines {
		return all
	}
	slices.SortFunc(all, func(a, b v1alpha1.Machine) int { return cmp.Compare(a.Spec.Instance, b.Spec.Instance) })
	return all[:min(len(all), int(pool.Count))]
}

// counts reports whether a machine is among those that the pool's count means, or would be if all that are stopped were started.
func counts(pool v1alpha1.AgentPoolSpec, m v1alpha1.Machine) bool {
	deallocated := pool.Power() != v1alpha1.Stopped && !m.ToRun()
	return m.DeletionTimestamp == nil && !m.Spec.Surge && !deallocated && !slices.Contains(pool.RemoveMachines, m.Spec.Hostname)
}

// find machines by name, each once. Case does not count.
func find(machines []v1alpha1.Machine, names []string) (found []v1alpha1.Machine, unknown []string) {
	for _, name := range names {
		i := slices.IndexFunc(machines, func(m v1alpha1.Machine) bool { return strings.EqualFold(m.Spec.Hostname, name) })
		switch {
		case i < 0:
			unknown = append(unknown, name)
		case !has(found, machines[i].Spec.Hostname):
			found = append(found, machines[i])
		}
	}
	return found, unknown
}

func has(machines []v1alpha1.Machine, name string) bool {
	return slices.ContainsFunc(machines, func(m v1alpha1.Machine) bool { return m.Spec.Hostname == name })
}
