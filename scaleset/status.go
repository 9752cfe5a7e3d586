package scaleset

import "lotse.dev/api/v1alpha1"

// observe writes what there is into the set's status, and the next free instance ID.
func observe(f Facts, p Plan) {
	s := &f.Set.Status
	s.NextInstance = p.Next
	s.Instances, s.Running, s.Ready = int32(len(f.Machines)), count(f.Machines, running), count(f.Machines, ready)
}

func count(machines []v1alpha1.Machine, is func(v1alpha1.Machine) bool) int32 {
	n := int32(0)
	for _, m := range machines {
		if is(m) {
			n++
		}
	}
	return n
}
