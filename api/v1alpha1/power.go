package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PowerState of a cluster, a pool, a scale set or a machine, in AKS's words. Empty means Running.
// +kubebuilder:validation:Enum=Running;Stopped
type PowerState string

// Power states. What is stopped keeps its name, its addresses, its disks and its objects, and uses no processor and no memory.
const (
	Running PowerState = "Running"
	Stopped PowerState = "Stopped"
)

// StopRefused is the code of a stop that was refused before anything was stopped, because the cluster would not come back.
const StopRefused = "ValidationError"

// Power that a pool is to have: it is stopped if its customer stopped it, or if the whole cluster is.
func (p AgentPoolSpec) Power() PowerState {
	if p.PowerState == Stopped || p.ClusterPowerState == Stopped {
		return Stopped
	}
	return Running
}

// Power that a cluster has. It is Stopped when its control plane is down too, and Running again when its API server answers. One that is created
// stopped was never anything else.
func (c *ManagedCluster) Power() PowerState {
	if c.Status.PowerState == Stopped || c.Spec.PowerState == Stopped && c.NeverStarted() {
		return Stopped
	}
	return Running
}

// NeverStarted reports whether nothing of a cluster has ever run: its control plane has no address yet.
func (c *ManagedCluster) NeverStarted() bool { return c.Status.Endpoint == Endpoint{} }

// StopWanted reports whether a cluster is to be stopped, and is not merely left with a wish that was refused.
func (c *ManagedCluster) StopWanted() bool {
	if c.Spec.PowerState != Stopped {
		return false
	}
	op := CurrentOperation(c)
	refused := op.State == Failed && op.Error != nil && op.Error.Code == StopRefused
	return !refused || c.Power() == Stopped
}

// AtRest reports whether a cluster is stopped and is to stay so: nothing is done for it.
func (c *ManagedCluster) AtRest() bool { return c.StopWanted() && c.Power() == Stopped }

// ToRun reports whether a machine is to run, as its scale set has decided so far.
func (m *Machine) ToRun() bool { return m.Spec.PowerState != Stopped }

// Stopped reports whether a machine is stopped, as its present spec wants it, with all that belongs to a stop.
func (m *Machine) Stopped() bool {
	running := meta.FindStatusCondition(m.Status.Conditions, MachineRunning)
	return !m.ToRun() && running != nil && running.Status == metav1.ConditionFalse && running.Reason == ReasonStopped &&
		running.ObservedGeneration == m.Generation
}

// Wake is how long the latest start of a cluster took, from when it was asked for.
type Wake struct {
	// StartedAt is when it was asked for.
	StartedAt metav1.Time `json:"startedAt"`
	// APISeconds until the API server was ready.
	APISeconds int32 `json:"apiSeconds"`
	// NodesSeconds until all nodes were Ready; nil until then.
	// +optional
	NodesSeconds *int32 `json:"nodesSeconds,omitempty"`
}
