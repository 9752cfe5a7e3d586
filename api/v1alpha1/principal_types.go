package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PrincipalSpec is an identity that can log in to the front door.
type PrincipalSpec struct {
	// +kubebuilder:validation:MaxLength=120
	DisplayName string `json:"displayName"`
	// +kubebuilder:validation:Enum=ServicePrincipal;User;ManagedIdentity
	Type string `json:"type"`
	// UserName for users, such as admin@lotse.local.
	// +optional
	UserName string `json:"userName,omitempty"`
	TenantID string `json:"tenantID"`
	// Disabled principals keep their roles but cannot log in.
	// +optional
	Disabled bool `json:"disabled,omitempty"`
	// Secrets that the principal can log in with. A secret that is not listed here is refused.
	// +kubebuilder:validation:MaxItems=10
	// +listType=map
	// +listMapKey=id
	// +optional
	Secrets []PrincipalSecret `json:"secrets,omitempty"`
	// SecretName names the Secret in SystemNamespace that holds the salted hashes of the principal's secrets, by their ID.
	SecretName string `json:"secretName"`
}

// PrincipalSecret is the public part of a secret.
type PrincipalSecret struct {
	// ID is a GUID.
	ID string `json:"id"`
	// +kubebuilder:validation:MaxLength=120
	// +optional
	DisplayName string      `json:"displayName,omitempty"`
	CreatedAt   metav1.Time `json:"createdAt"`
	// ExpiresAt is when the secret stops working; never if unset.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
}

// Principal is an identity. Its name is its application or object GUID.
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster
// +kubebuilder:printcolumn:name="Name",type=string,JSONPath=`.spec.displayName`
// +kubebuilder:printcolumn:name="Type",type=string,JSONPath=`.spec.type`
type Principal struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec PrincipalSpec `json:"spec"`
}

// PrincipalList is a list of principals.
// +kubebuilder:object:root=true
type PrincipalList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Principal `json:"items"`
}

// RoleAssignmentSpec gives a principal a role at a scope and below.
type RoleAssignmentSpec struct {
	// Principal is the name of the Principal.
	Principal string `json:"principal"`
	// Role as Azure names it.
	// +kubebuilder:validation:Enum=Owner;Contributor;Reader;Azure Kubernetes Service Cluster Admin Role;Azure Kubernetes Service Cluster User Role;AcrPull;AcrPush;AcrDelete
	Role string `json:"role"`
	// Scope is an ARM ID; "/" is everything.
	Scope string `json:"scope"`
	// ScopeUID is the object at the scope when the role was assigned. A later object of the same name is another one.
	// +optional
	ScopeUID types.UID `json:"scopeUID,omitempty"`
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Description string `json:"description,omitempty"`
	// CreatedBy is the name of the Principal that assigned the role; empty for the installation itself.
	// +optional
	CreatedBy string `json:"createdBy,omitempty"`
}

// RoleAssignment is one entry of the access table.
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster
// +kubebuilder:printcolumn:name="Principal",type=string,JSONPath=`.spec.principal`
// +kubebuilder:printcolumn:name="Role",type=string,JSONPath=`.spec.role`
// +kubebuilder:printcolumn:name="Scope",type=string,JSONPath=`.spec.scope`
type RoleAssignment struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec RoleAssignmentSpec `json:"spec"`
}

// RoleAssignmentList is a list of role assignments.
// +kubebuilder:object:root=true
type RoleAssignmentList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []RoleAssignment `json:"items"`
}
