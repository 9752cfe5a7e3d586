package v1alpha1

import "k8s.io/apimachinery/pkg/api/meta"

// ScaleDownMode is what becomes of machines that scaling a pool down leaves over, in AKS's words. Empty means DeleteMachines.
// +kubebuilder:validation:Enum=Delete;Deallocate
type ScaleDownMode string

// Scale-down modes. What is deallocated is stopped: it keeps its disk and its node, and is started first when the pool grows.
const (
	DeleteMachines     ScaleDownMode = "Delete"
	DeallocateMachines ScaleDownMode = "Deallocate"
)

// Deallocated reports whether a machine of a scale set is beyond the set's capacity and kept: it is stopped while the set is not.
func (s ScaleSetSpec) Deallocated(m *Machine) bool {
	return s.PowerState != Stopped && m.Spec.PowerState == Stopped
}

// Draining is what a machine that is to go or to stop waits for before its Pods have ended, such as a disruption budget; "" if nothing.
func (m *Machine) Draining() string {
	if m.DeletionTimestamp == nil && m.Spec.PowerState != Stopped {
		return "" // what was left undone of an earlier drain counts no more
	}
	if c := meta.FindStatusCondition(m.Status.Conditions, MachineDrained); c != nil && c.Status != "True" {
		return c.Message
	}
	return ""
}
