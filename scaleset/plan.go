package scaleset

import (
	"maps"
	"slices"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
)

// Plan is what brings the machines of a scale set in line with it.
type Plan struct {
	// Create are the instance IDs of machines to make. Next must be persisted first.
	Create []int64
	Next   int64
	// Delete are machines that are too many.
	Delete []v1alpha1.Machine
	// Update are machines that exist and stay, with the model they should have.
	Update []v1alpha1.Machine
}

// Decide makes the plan. Machines on their way out count for nothing.
func Decide(set *v1alpha1.ScaleSet, machines []v1alpha1.Machine) Plan {
	staying := slices.DeleteFunc(slices.Clone(machines), leaving)
	if set.DeletionTimestamp != nil {
		return Plan{Delete: staying, Next: set.Status.NextInstance}
	}
	plan := Plan{Next: nextInstance(set, machines)}
	for range int(set.Spec.Capacity) - len(staying) {
		plan.Create = append(plan.Create, plan.Next)
		plan.Next++
	}
	slices.SortFunc(staying, leastMissedFirst)
	surplus := max(0, len(staying)-int(set.Spec.Capacity))
	plan.Delete = staying[:surplus]
	plan.Update = outdated(staying[surplus:], set.Spec.Model)
	return plan
}

// nextInstance trusts the machines over a status that was lost or restored from an older backup.
func nextInstance(set *v1alpha1.ScaleSet, machines []v1alpha1.Machine) int64 {
	next := set.Status.NextInstance
	for _, m := range machines {
		next = max(next, m.Spec.Instance+1)
	}
	return next
}

// leastMissedFirst orders machines by how little is lost with them: those that are not Ready first, then the newest.
func leastMissedFirst(a, b v1alpha1.Machine) int {
	switch aReady, bReady := ready(a), ready(b); {
	case aReady && !bReady:
		return 1
	case bReady && !aReady:
		return -1
	}
	return int(b.Spec.Instance - a.Spec.Instance)
}

func outdated(machines []v1alpha1.Machine, model v1alpha1.MachineModel) []v1alpha1.Machine {
	var out []v1alpha1.Machine
	for _, m := range machines {
		if maps.Equal(m.Spec.Model.Labels, model.Labels) && slices.Equal(m.Spec.Model.Taints, model.Taints) {
			continue
		}
		m.Spec.Model.Labels = maps.Clone(model.Labels)
		m.Spec.Model.Taints = slices.Clone(model.Taints)
		out = append(out, m)
	}
	return out
}

func leaving(m v1alpha1.Machine) bool { return m.DeletionTimestamp != nil }

func ready(m v1alpha1.Machine) bool {
	return apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady)
}

func running(m v1alpha1.Machine) bool {
	return apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineRunning)
}
