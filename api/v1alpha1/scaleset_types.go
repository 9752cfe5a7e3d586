package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// MachineModel describes every machine of a scale set.
type MachineModel struct {
	VMSize       string `json:"vmSize"`
	OSDiskSizeGB int32  `json:"osDiskSizeGB"`
	// Image is the full reference of the node image.
	Image string `json:"image"`
	// ImageVersion is its public name, such as LotseDebian-12-202611.23.0.
	ImageVersion string `json:"imageVersion"`
	// KubernetesVersion the image contains, without "v".
	KubernetesVersion string `json:"kubernetesVersion"`
	// Release the image belongs to; its other images are fetched ahead of the node's first Pods.
	Release string `json:"release"`
	MaxPods int32  `json:"maxPods"`
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
	// Taints as key=value:Effect.
	// +optional
	Taints []string `json:"taints,omitempty"`
}

// ScaleSetSpec is a number of machines of one model.
type ScaleSetSpec struct {
	SubscriptionID string `json:"subscriptionID"`
	// ResourceGroup is the node resource group.
	ResourceGroup string `json:"resourceGroup"`
	Name          string `json:"name"`
	Location      string `json:"location"`
	// Cluster and Pool are object names of the owner.
	Cluster string `json:"cluster"`
	Pool    string `json:"pool"`
	// Capacity is how many machines run, or would if the set were not stopped.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Capacity int32 `json:"capacity"`
	// +optional
	Tags  map[string]string `json:"tags,omitempty"`
	Model MachineModel      `json:"model"`
	// PowerState of every machine; empty means Running.
	// +optional
	PowerState PowerState `json:"powerState,omitempty"`
	// ScaleDownMode of machines beyond the capacity; empty means DeleteMachines.
	// +optional
	ScaleDownMode ScaleDownMode `json:"scaleDownMode,omitempty"`
	// RemoveMachines are the host names of machines that go, whichever others the capacity would leave over.
	// +kubebuilder:validation:MaxItems=1000
	// +optional
	RemoveMachines []string `json:"removeMachines,omitempty"`
	// Halted since the operation of the pool was aborted: until the pool's next operation no machine is made, stopped or started,
	// and only the surge machines of an upgrade are removed.
	// +optional
	Halted bool `json:"halted,omitempty"`
	// UpgradeSettings guide how machines come to another image; nil means the defaults.
	// +optional
	UpgradeSettings *UpgradeSettings `json:"upgradeSettings,omitempty"`
}

// ScaleSetStatus is the observed state.
type ScaleSetStatus struct {
	Progress `json:",inline"`
	// NextInstance is the instance ID of the next machine; IDs are never used twice.
	// +optional
	NextInstance int64 `json:"nextInstance,omitempty"`
	// +optional
	Instances int32 `json:"instances,omitempty"`
	// +optional
	Running int32 `json:"running,omitempty"`
	// +optional
	Ready int32 `json:"ready,omitempty"`
}

// ScaleSet is a pool's infrastructure.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Scale set",type=string,JSONPath=`.spec.name`
// +kubebuilder:printcolumn:name="Capacity",type=integer,JSONPath=`.spec.capacity`
// +kubebuilder:printcolumn:name="Ready",type=integer,JSONPath=`.status.ready`
type ScaleSet struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ScaleSetSpec   `json:"spec"`
	Status ScaleSetStatus `json:"status,omitempty"`
}

// GetProgress implements Tracked.
func (s *ScaleSet) GetProgress() *Progress { return &s.Status.Progress }

// ScaleSetList is a list of scale sets.
// +kubebuilder:object:root=true
type ScaleSetList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ScaleSet `json:"items"`
}
