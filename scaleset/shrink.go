package scaleset

import (
	"slices"

	"lotse.dev/api/v1alpha1"
)

// division of a set's machines by what is to become of them.
type division struct {
	// leave are deleted, rest are deallocated, and run have the power state of the whole set.
	leave, rest, run []v1alpha1.Machine
	// missing is how many more machines are to be made.
	missing int
}

// divide the machines that stay. Those that are to go by name go, whatever else there is. Of the others as many run as the capacity says: what
// is deallocated is started before anything is made, and what is beyond the capacity is deleted or deallocated, as the set's mode says.
func divide(staying []v1alpha1.Machine, set v1alpha1.ScaleSetSpec) division {
	d := division{}
	for _, m := range staying {
		if slices.Contains(set.RemoveMachines, m.Spec.Hostname) {
			d.leave = append(d.leave, m)
		} else {
			d.run = append(d.run, m)
		}
	}
	slices.SortFunc(d.run, leastMissedFirst)
	surplus := max(0, len(d.run)-int(set.Capacity))
	d.missing = max(0, int(set.Capacity)-len(d.run))
	beyond := d.run[:surplus]
	d.run = d.run[surplus:]
	if set.ScaleDownMode == v1alpha1.DeallocateMachines {
		d.rest = beyond
	} else {
		d.leave = append(d.leave, beyond...)
	}
	return d
}

// leastMissedFirst orders machines by how little is lost with them: deallocated ones first, then those that are not Ready, then the newest.
func leastMissedFirst(a, b v1alpha1.Machine) int {
	for _, missed := range []func(v1alpha1.Machine) bool{toRun, ready} {
		switch forA, forB := missed(a), missed(b); {
		case forA && !forB:
			return 1
		case forB && !forA:
			return -1
		}
	}
	return int(b.Spec.Instance - a.Spec.Instance)
}

func toRun(m v1alpha1.Machine) bool { return m.ToRun() }
