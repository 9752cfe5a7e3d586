package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// PrincipalSpec is somebody who can log in to the front door.
type PrincipalSpec struct {
	// +kubebuilder:validation:MaxLength=120
	DisplayName string `json:"displayName"`
	// +kubebuilder:validation:Enum=ServicePrincipal;User;ManagedIdentity
	Type string `json:"type"`
	// UserName for users, such as admin@lotse.local.
	// +optional
	UserName string `json:"userName,omitempty"`
	TenantID string `json:"tenantID"`
	// Disabled principals stay, with their roles, and are let in nowhere.
	// +optional
	Disabled bool `json:"disabled,omitempty"`
	// Secrets that let the principal in. What is not listed here lets nobody in.
	// +kubebuilder:validation:MaxItems=10
	// +listType=map
	// +listMapKey=id
	// +optional
	Secrets []PrincipalSecret `json:"secrets,omitempty"`
	// SecretName names the Secret in SystemNamespace that holds the salted hashes of the principal's secrets, by their ID.
	SecretName string `json:"secretName"`
}

// PrincipalSecret is what may be known of a secret.
type PrincipalSecret struct {
	// ID is a GUID.
	ID string `json:"id"`
	// +kubebuilder:validation:MaxLength=120
	// +optional
	DisplayName string      `json:"displayName,omitempty"`
	CreatedAt   metav1.Time `json:"createdAt"`
	// ExpiresAt is when the secret stops letting anybody in; never if there is none.
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
	// +kubebuilder:validation:Enum=Owner;Contributor;Reader;Azure Kubernetes Service Cluster Admin Role;Azure Kubernetes Service Cluster User Role
	Role string `json:"role"`
	// Scope is an ARM ID; "/" is everything.
	Scope string `json:"scope"`
	// ScopeUID is the object that stood at the scope when the role was given. A later one of the same name is another.
	// +optional
	ScopeUID types.UID `json:"scopeUID,omitempty"`
	// +kubebuilder:validation:MaxLength=1024
	// +optional
	Description string `json:"description,omitempty"`
	// CreatedBy is the name of the Principal that gave the role; empty for the installation itself.
	// +optional
	CreatedBy string `json:"createdBy,omitempty"`
}

// RoleAssignment is one line of the access table.
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
