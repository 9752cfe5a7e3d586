package agentpool

import (
	"fmt"
	"slices"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// deallocates reports whether the pool keeps machines beyond its count. A stopped one waits for all of its machines alike (notStopped).
func (f Facts) deallocates() bool { return f.Pool.Spec.ScaleDownMode == v1alpha1.DeallocateMachines }

func toRun(m v1alpha1.Machine) bool { return m.ToRun() }

// deallocated are the machines that are stopped, and deallocating those that are about to be.
func (f Facts) deallocated() []v1alpha1.Machine {
	return slices.DeleteFunc(f.staying(), func(m v1alpha1.Machine) bool { return !m.Stopped() })
}

func (f Facts) deallocating() []v1alpha1.Machine {
	return slices.DeleteFunc(f.staying(), func(m v1alpha1.Machine) bool { return m.ToRun() || m.Stopped() })
}

// named waits for the machines that are to go by name.
func named(s situation) operation.Outcome {
	going := slices.DeleteFunc(slices.Clone(s.Machines), func(m v1alpha1.Machine) bool {
		return !slices.Contains(s.Pool.Spec.RemoveMachines, m.Spec.Hostname)
	})
	if len(going) == 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: fmt.Sprintf("%d machines to be drained and deleted%s", len(going), example(going)),
		Percent: 90, Deadline: operation.Deadline{Code: "PodDrainFailure"},
	}
}

// preferring are the machines of which something is true, or all if that is none.
func preferring(machines []v1alpha1.Machine, is func(v1alpha1.Machine) bool) []v1alpha1.Machine {
	preferred := slices.DeleteFunc(slices.Clone(machines), func(m v1alpha1.Machine) bool { return !is(m) })
	if len(preferred) == 0 {
		return machines
	}
	return preferred
}
