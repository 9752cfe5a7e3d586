package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SubscriptionState decides what a subscription may do (as in AKS).
// +kubebuilder:validation:Enum=Registered;Warned;Suspended;Deleted;Unregistered
type SubscriptionState string

// Subscription states, ARM's.
const (
	SubscriptionRegistered   SubscriptionState = "Registered"
	SubscriptionWarned       SubscriptionState = "Warned"
	SubscriptionSuspended    SubscriptionState = "Suspended"
	SubscriptionDeleted      SubscriptionState = "Deleted"
	SubscriptionUnregistered SubscriptionState = "Unregistered"
)

// SubscriptionSpec is a tenant of the service.
type SubscriptionSpec struct {
	// +kubebuilder:validation:MaxLength=64
	DisplayName string `json:"displayName"`
	// TenantID is the GUID of the directory its principals log in to.
	TenantID string `json:"tenantID"`
	// +kubebuilder:default=Registered
	// +optional
	State SubscriptionState `json:"state,omitempty"`
	// Features that are registered, as lower-case "provider/feature" (H2).
	// +optional
	Features []string `json:"features,omitempty"`
	// Quotas that the operator set.
	// +optional
	Quotas Quotas `json:"quotas,omitempty"`
}

// SubscriptionStatus says whether the subscription's namespace is there.
type SubscriptionStatus struct {
	Progress `json:",inline"`
}

// Subscription is a tenant. Its name is its GUID; its resources live in SubscriptionNamespace.
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="State",type=string,JSONPath=`.spec.state`
type Subscription struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   SubscriptionSpec   `json:"spec"`
	Status SubscriptionStatus `json:"status,omitempty"`
}

// GetProgress implements Tracked.
func (s *Subscription) GetProgress() *Progress { return &s.Status.Progress }

// SubscriptionList is a list of subscriptions.
// +kubebuilder:object:root=true
type SubscriptionList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Subscription `json:"items"`
}
