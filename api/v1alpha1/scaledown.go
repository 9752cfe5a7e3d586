package v1alpha1

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
