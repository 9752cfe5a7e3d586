package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PoolMode says whether a pool is meant for the Pods of kube-system.
// +kubebuilder:validation:Enum=System;User
type PoolMode string

// Pool modes.
const (
	SystemPool PoolMode = "System"
	UserPool   PoolMode = "User"
)

// DefaultOSDiskSizeGB holds the images of a node and some more. AKS's default of 128 GB is more than most hosts have.
const DefaultOSDiskSizeGB = 32

// UpgradeSettings of a pool in AKS's words, as they were asked for.
type UpgradeSettings struct {
	// MaxSurge and MaxUnavailable are a number of nodes, such as 1, or a share of the pool, such as 33%; empty means the default.
	// +kubebuilder:validation:MaxLength=10
	// +optional
	MaxSurge string `json:"maxSurge,omitempty"`
	// +kubebuilder:validation:MaxLength=10
	// +optional
	MaxUnavailable string `json:"maxUnavailable,omitempty"`
	// DrainTimeoutInMinutes and NodeSoakDurationInMinutes of each node; 0 means the default.
	// +optional
	DrainTimeoutInMinutes int32 `json:"drainTimeoutInMinutes,omitempty"`
	// +optional
	NodeSoakDurationInMinutes int32 `json:"nodeSoakDurationInMinutes,omitempty"`
	// +kubebuilder:validation:Enum=Cordon;Schedule
	// +optional
	UndrainableNodeBehavior string `json:"undrainableNodeBehavior,omitempty"`
}

// AgentPoolSpec is the part of a pool that a write of its cluster can carry too.
// +kubebuilder:validation:XValidation:rule="self.mode != 'System' || self.count >= 1",message="count: a System pool has at least one node"
// +kubebuilder:validation:XValidation:rule="self.vmSize == oldSelf.vmSize",message="vmSize cannot change"
// +kubebuilder:validation:XValidation:rule="self.mode != 'System' || !has(self.powerState) || self.powerState != 'Stopped'",message="powerState: only a User pool can be stopped by itself"
type AgentPoolSpec struct {
	Mode PoolMode `json:"mode"`
	// Count of nodes.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Count int32 `json:"count"`
	// VMSize names an entry of the machine size table, such as Standard_DS2_v2.
	// +kubebuilder:validation:MaxLength=64
	VMSize string `json:"vmSize"`
	// OSDiskSizeGB is the machine's disk; 0 means DefaultOSDiskSizeGB (DiskSizeGB reads it).
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=2048
	// +optional
	OSDiskSizeGB int32 `json:"osDiskSizeGB,omitempty"`
	// OSSKU is the operating system in the words of the request; empty means Debian. Nodes run Debian either way.
	// +kubebuilder:validation:Enum=Ubuntu
	// +optional
	OSSKU string `json:"osSKU,omitempty"`
	// +kubebuilder:validation:Minimum=10
	// +kubebuilder:validation:Maximum=250
	MaxPods int32 `json:"maxPods"`
	// NodeLabels and NodeTaints (key=value:Effect) of every node.
	// +optional
	NodeLabels map[string]string `json:"nodeLabels,omitempty"`
	// +optional
	NodeTaints []string `json:"nodeTaints,omitempty"`
	// +optional
	Tags map[string]string `json:"tags,omitempty"`
	// OrchestratorVersion is the nodes' Kubernetes version without "v".
	OrchestratorVersion string `json:"orchestratorVersion"`
	// VersionAlias is the minor version that was asked for, such as 1.37; empty if the request named a patch or nothing. It never upgrades.
	// +kubebuilder:validation:MaxLength=16
	// +optional
	VersionAlias string `json:"versionAlias,omitempty"`
	// +optional
	UpgradeSettings *UpgradeSettings `json:"upgradeSettings,omitempty"`
	// Release names the Release whose node image the pool runs.
	Release string `json:"release"`
	// ScaleDownMode says what becomes of machines that scaling down leaves over; empty means DeleteMachines.
	// +optional
	ScaleDownMode ScaleDownMode `json:"scaleDownMode,omitempty"`
	// RemoveMachines are the host names of machines that go, whichever others the count would leave over. Names are never used twice, so those of
	// machines that are gone mean nothing.
	// +kubebuilder:validation:MaxItems=1000
	// +optional
	RemoveMachines []string `json:"removeMachines,omitempty"`
	// NodeImageVersion pins the pool to a node image: only a write that names another one changes it. Empty means that upgrades take the newest.
	// +kubebuilder:validation:MaxLength=64
	// +optional
	NodeImageVersion string `json:"nodeImageVersion,omitempty"`
	// PowerState that the customer wants for this pool alone; empty means Running. Only User pools can be stopped so.
	// +optional
	PowerState PowerState `json:"powerState,omitempty"`
	// ClusterPowerState is Stopped while the whole cluster is; empty means Running. The cluster's controller alone writes it.
	// +optional
	ClusterPowerState PowerState `json:"clusterPowerState,omitempty"`
	// Attempt grows when a write repeats one that failed, so that the repetition is a new generation and so a new operation.
	// +optional
	Attempt int64 `json:"attempt,omitempty"`
}

// DiskSizeGB is the size of a machine's disk, in GB.
func (p AgentPoolSpec) DiskSizeGB() int32 {
	if p.OSDiskSizeGB == 0 {
		return DefaultOSDiskSizeGB
	}
	return p.OSDiskSizeGB
}

// AgentPoolStatus is the observed state.
type AgentPoolStatus struct {
	Progress `json:",inline"`
	// ReadyNodes counts nodes that Kubernetes calls Ready.
	// +optional
	ReadyNodes int32 `json:"readyNodes,omitempty"`
	// Nodes counts machines that exist.
	// +optional
	Nodes int32 `json:"nodes,omitempty"`
	// +optional
	NodeImageVersion string `json:"nodeImageVersion,omitempty"`
	// +optional
	CurrentOrchestratorVersion string `json:"currentOrchestratorVersion,omitempty"`
}

// AgentPool is a set of equal nodes of a managed cluster.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Pool",type=string,JSONPath=`.spec.name`
// +kubebuilder:printcolumn:name="Count",type=integer,JSONPath=`.spec.count`
// +kubebuilder:printcolumn:name="Ready",type=integer,JSONPath=`.status.readyNodes`
// +kubebuilder:printcolumn:name="Operation",type=string,JSONPath=`.status.operations[0].state`
type AgentPool struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ClusterPoolSpec `json:"spec"`
	Status AgentPoolStatus `json:"status,omitempty"`
}

// ClusterPoolSpec is a pool and the cluster it belongs to.
type ClusterPoolSpec struct {
	// Cluster is the object name of the ManagedCluster, in the same namespace.
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="a pool cannot move to another cluster"
	Cluster string `json:"cluster"`
	// Name as in ARM.
	// +kubebuilder:validation:Pattern=`^[a-z][a-z0-9]{0,11}$`
	Name          string `json:"name"`
	AgentPoolSpec `json:",inline"`
}

// GetProgress implements Tracked.
func (p *AgentPool) GetProgress() *Progress { return &p.Status.Progress }

// IgnoresBudgets reports whether a pool is being deleted without regard to disruption budgets.
func IgnoresBudgets(p *AgentPool) bool {
	return p.DeletionTimestamp != nil && p.Annotations[AnnotationIgnoreBudgets] == "true"
}

// AgentPoolList is a list of pools.
// +kubebuilder:object:root=true
type AgentPoolList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AgentPool `json:"items"`
}
