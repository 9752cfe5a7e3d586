package v1alpha1

import "k8s.io/apimachinery/pkg/api/meta"

// Phases of a machine, in the order in which it goes through them.
const (
	PhasePending    = "Pending"
	PhaseRunning    = "Running"
	PhaseRegistered = "Registered"
	PhaseReady      = "Ready"
	PhaseStopped    = "Stopped"
	PhaseDeleting   = "Deleting"
)

// Phases are all phases of a machine.
var Phases = []string{PhasePending, PhaseRunning, PhaseRegistered, PhaseReady, PhaseStopped, PhaseDeleting}

// Phase of a machine, from its conditions.
func (m *Machine) Phase() string {
	is := func(condition string) bool { return meta.IsStatusConditionTrue(m.Status.Conditions, condition) }
	switch {
	case m.DeletionTimestamp != nil:
		return PhaseDeleting
	case m.Stopped():
		return PhaseStopped
	case is(MachineReady):
		return PhaseReady
	case is(MachineRegistered):
		return PhaseRegistered
	case is(MachineRunning):
		return PhaseRunning
	}
	return PhasePending
}
