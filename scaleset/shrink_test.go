package scaleset

import (
	"math/rand/v2"
	"slices"
	"testing"

	"lotse.dev/api/v1alpha1"
)

// TestAnySetComesToRest changes sets at random and carries their plans out, of which the last may be cut off anywhere, as by a process that dies.
func TestAnySetComesToRest(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // G404: a test that can be repeated
		f := Facts{Set: &v1alpha1.ScaleSet{Spec: v1alpha1.ScaleSetSpec{Model: model()}}}
		for range 12 {
			change(random, &f)
			carryOut(&f, Decide(f), random.IntN(8))
			for range 3 {
				carryOut(&f, Decide(f), 100)
			}
			if wrong := restless(f); wrong != "" {
				t.Fatalf("seed %d: %s: %+v with %d machines", seed, wrong, f.Set.Spec, len(f.Machines))
			}
		}
	}
}

// change what is wanted of a set.
func change(random *rand.Rand, f *Facts) {
	f.Set.Spec.Capacity = int32(random.IntN(6))
	f.Set.Spec.ScaleDownMode = []v1alpha1.ScaleDownMode{"", v1alpha1.DeallocateMachines}[random.IntN(2)]
	f.Set.Spec.PowerState = []v1alpha1.PowerState{"", "", v1alpha1.Stopped}[random.IntN(3)]
	f.Set.Spec.RemoveMachines = nil
	for _, m := range f.Machines {
		if random.IntN(4) == 0 {
			f.Set.Spec.RemoveMachines = append(f.Set.Spec.RemoveMachines, m.Spec.Hostname)
		}
	}
}

// carryOut as many steps of a plan.
func carryOut(f *Facts, p Plan, steps int) {
	f.Set.Status.NextInstance = p.Next
	for _, id := range p.Create {
		if steps--; steps >= 0 {
			m := made(id)
			m.Spec.PowerState = f.Set.Spec.PowerState
			f.Machines = append(f.Machines, m)
		}
	}
	for _, gone := range p.Delete {
		if steps--; steps >= 0 {
			f.Machines = slices.DeleteFunc(f.Machines, func(m v1alpha1.Machine) bool { return m.Spec.Instance == gone.Spec.Instance })
		}
	}
	for _, updated := range p.Update {
		if steps--; steps >= 0 {
			i := slices.IndexFunc(f.Machines, func(m v1alpha1.Machine) bool { return m.Spec.Instance == updated.Spec.Instance })
			f.Machines[i] = updated
		}
	}
}

// restless is what a set that has come to rest has not as it wants it; "" if nothing.
func restless(f Facts) string {
	set, p := f.Set.Spec, Decide(f)
	up, kept := 0, len(f.Machines)
	for _, m := range f.Machines {
		if slices.Contains(set.RemoveMachines, m.Spec.Hostname) {
			return m.Spec.Hostname + " is still there"
		}
		if toRun(m) {
			up++
		}
	}
	switch {
	case len(p.Create)+len(p.Delete)+len(p.Update) > 0:
		return "it is not at rest"
	case set.PowerState != v1alpha1.Stopped && up != int(set.Capacity):
		return "another number of machines is to run"
	case set.PowerState == v1alpha1.Stopped && up > 0:
		return "machines of a stopped set are to run"
	case kept < int(set.Capacity) || kept > int(set.Capacity) && set.ScaleDownMode != v1alpha1.DeallocateMachines:
		return "another number of machines is kept"
	}
	return ""
}
