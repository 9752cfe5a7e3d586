package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ResourceGroupSpec is an ARM resource group.
type ResourceGroupSpec struct {
	// Name as its creator wrote it; comparisons ignore case.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=90
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="the name of a resource group cannot change"
	Name     string `json:"name"`
	Location string `json:"location"`
	// +optional
	Tags map[string]string `json:"tags,omitempty"`
	// ManagedBy is the ARM ID of the cluster this node resource group belongs to.
	// +optional
	ManagedBy string `json:"managedBy,omitempty"`
}

// ResourceGroupStatus is how far the last write is.
type ResourceGroupStatus struct {
	Progress `json:",inline"`
}

// ResourceGroup holds resources that are deleted together.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:printcolumn:name="Group",type=string,JSONPath=`.spec.name`
// +kubebuilder:printcolumn:name="Managed by",type=string,JSONPath=`.spec.managedBy`
type ResourceGroup struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ResourceGroupSpec   `json:"spec"`
	Status ResourceGroupStatus `json:"status,omitempty"`
}

// GetProgress implements Tracked.
func (g *ResourceGroup) GetProgress() *Progress { return &g.Status.Progress }

// ResourceGroupList is a list of resource groups.
// +kubebuilder:object:root=true
type ResourceGroupList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ResourceGroup `json:"items"`
}
