package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Conditions of a machine.
const (
	// MachineRunning: the provider runs the machine.
	MachineRunning = "Running"
	// MachineRegistered: the machine has joined its cluster as a node.
	MachineRegistered = "Registered"
	// MachineReady: Kubernetes calls the node Ready.
	MachineReady = "Ready"
	// MachineDrained: a machine that is being deleted, stopped or drained has no Pods left; until then the message names what blocks the drain.
	MachineDrained = "Drained"
)

// ReasonStopped of conditions Running and Ready: the machine was stopped on purpose, and nothing of that is left to do.
const ReasonStopped = "Stopped"

// ReasonUnschedulable of a condition or a component's health: no host has capacity for the Pod.
const ReasonUnschedulable = "Unschedulable"

// MachineSpec is one machine of a scale set.
type MachineSpec struct {
	// ScaleSet and Cluster are object names in the same namespace.
	ScaleSet string `json:"scaleSet"`
	Cluster  string `json:"cluster"`
	Instance int64  `json:"instance"`
	// Hostname is also the node's name: aks-{pool}-{8 digits}-vmss{6 base-36 digits}.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="hostname cannot change"
	Hostname string `json:"hostname"`
	// Provider that runs the machine.
	// +kubebuilder:validation:Enum=pod
	// +kubebuilder:default=pod
	Provider string       `json:"provider"`
	Model    MachineModel `json:"model"`
	// PowerState that is wanted; empty means Running. A stopped machine is deallocated: it keeps its disk, and its node.
	// +optional
	PowerState PowerState `json:"powerState,omitempty"`
	// Surge machines are there only while a rollout replaces others. They do not count for their set's capacity.
	// +optional
	Surge bool `json:"surge,omitempty"`
	// Drain asks for the node to be cordoned and emptied before the machine gets another image; without it the node is uncordoned again.
	// +optional
	Drain *Drain `json:"drain,omitempty"`
	// Reimages counts how often the machine got a new disk, and with that the image of its present model. Its Node is then a new one of the same name.
	// +optional
	Reimages int64 `json:"reimages,omitempty"`
}

// Drain of a machine that a rollout is about to replace.
type Drain struct {
	// Rollout is the generation of the pool whose rollout asked for it.
	Rollout int64 `json:"rollout"`
	// Since when it has been asked for.
	Since metav1.Time `json:"since"`
	// Quarantined: its Pods did not end in time. The node stays cordoned, its Pods are left alone, and it is labelled.
	// +optional
	Quarantined bool `json:"quarantined,omitempty"`
}

// MachineStatus is the observed state.
type MachineStatus struct {
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Address of the machine inside the management cluster.
	// +optional
	Address string `json:"address,omitempty"`
	// Trust is the hash of the cluster's authorities that the machine works with, as its node reports it.
	// +optional
	Trust string `json:"trust,omitempty"`
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// Machine is a virtual machine of a node pool.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Node",type=string,JSONPath=`.spec.hostname`
// +kubebuilder:printcolumn:name="Address",type=string,JSONPath=`.status.address`
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
type Machine struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   MachineSpec   `json:"spec"`
	Status MachineStatus `json:"status,omitempty"`
}

// MachineList is a list of machines.
// +kubebuilder:object:root=true
type MachineList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Machine `json:"items"`
}
