package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// PrincipalSpec is somebody who can log in to the front door.
type PrincipalSpec struct {
	DisplayName string `json:"displayName"`
	// +kubebuilder:validation:Enum=ServicePrincipal;User
	Type string `json:"type"`
	// UserName for users, such as admin@lotse.local.
	// +optional
	UserName string `json:"userName,omitempty"`
	TenantID string `json:"tenantID"`
	// SecretName names the Secret in SystemNamespace that holds the salted hashes of the principal's secrets.
	SecretName string `json:"secretName"`
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
