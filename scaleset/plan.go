package scaleset

import (
	"maps"
	"slices"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/rollout"
)

// Facts are what a decision about a scale set depends on.
type Facts struct {
	Set      *v1alpha1.ScaleSet
	Machines []v1alpha1.Machine
	// Rollout of another image; the zero value if the set has no pool.
	Rollout rollout.Facts
}

// staying are the machines that are not being deleted, without those of a surge.
func (f Facts) staying() []v1alpha1.Machine {
	return slices.DeleteFunc(slices.Clone(f.Machines), func(m v1alpha1.Machine) bool { return leaving(m) || m.Spec.Surge })
}

// Plan is what brings the machines of a scale set in line with it.
type Plan struct {
	// Create are the instance IDs of machines to create. Next, the ID after them, must be stored first.
	Create []int64
	// Surge are those of machines to create beside them, for as long as a rollout takes.
	Surge []int64
	Next  int64
	// Delete are surplus machines.
	Delete []v1alpha1.Machine
	// Rest are machines that are kept beyond the capacity, deallocated.
	Rest []v1alpha1.Machine
	// Update are machines that stay, with the labels, the taints and the power state that they should have, and what a rollout asks of them.
	Update []v1alpha1.Machine
	// Recheck is when a rollout is to be decided on again; zero if only something else can bring it on.
	Recheck time.Duration
}

// Decide makes the plan. Machines that are being deleted do not count.
func Decide(f Facts) Plan {
	if f.Set.DeletionTimestamp != nil {
		return Plan{Delete: slices.DeleteFunc(slices.Clone(f.Machines), leaving), Next: f.Set.Status.NextInstance}
	}
	plan := Plan{Next: f.nextInstance()}
	if f.Set.Spec.Halted {
		return withRollout(plan, f) // which only clears away what an upgrade that was aborted left
	}
	d := divide(f.staying(), f.Set.Spec)
	for range d.missing {
		plan.Create = append(plan.Create, plan.Next)
		plan.Next++
	}
	plan.Delete, plan.Rest = d.leave, d.rest
	plan.Update = append(outdated(d.run, f.Set.Spec, f.Set.Spec.PowerState), outdated(d.rest, f.Set.Spec, v1alpha1.Stopped)...)
	return withRollout(plan, f)
}

// nextInstance does not trust a status alone that was lost or restored from an older backup.
func (f Facts) nextInstance() int64 {
	next := f.Set.Status.NextInstance
	for _, m := range f.Machines {
		next = max(next, m.Spec.Instance+1)
	}
	return next
}

func outdated(machines []v1alpha1.Machine, set v1alpha1.ScaleSetSpec, power v1alpha1.PowerState) []v1alpha1.Machine {
	model := set.Model
	var out []v1alpha1.Machine
	for _, m := range machines {
		if maps.Equal(m.Spec.Model.Labels, model.Labels) && slices.Equal(m.Spec.Model.Taints, model.Taints) &&
			m.Spec.PowerState == power && !newerAtRest(m, model) {
			continue
		}
		if newerAtRest(m, model) {
			replace(&m, model)
		}
		m.Spec.Model.Labels = maps.Clone(model.Labels)
		m.Spec.Model.Taints = slices.Clone(model.Taints)
		m.Spec.PowerState = power
		out = append(out, m)
	}
	return out
}

func leaving(m v1alpha1.Machine) bool { return m.DeletionTimestamp != nil }

func ready(m v1alpha1.Machine) bool {
	return apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady)
}

func stopped(m v1alpha1.Machine) bool { return m.Stopped() }

func running(m v1alpha1.Machine) bool {
	return apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineRunning)
}
