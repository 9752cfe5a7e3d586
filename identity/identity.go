package identity

import "lotse.dev/api/v1alpha1"

// Types of principals. A managed identity is a service principal whose secret is known only to the machine that serves it ("lotse identity").
const (
	ServicePrincipal = "ServicePrincipal"
	User             = "User"
	ManagedIdentity  = "ManagedIdentity"
)

// Identity is who a principal is, without what it may do.
type Identity struct {
	// Principal is the name of the Principal object: application GUID or object GUID.
	Principal   string
	DisplayName string
	Type        string
	UserName    string
	TenantID    string
	// Secret is the ID of the secret that the principal logged in with. Tokens carry it and end with it.
	Secret string
}

// Of a principal.
func Of(p v1alpha1.Principal) Identity {
	return Identity{
		Principal: p.Name, DisplayName: p.Spec.DisplayName, Type: p.Spec.Type,
		UserName: p.Spec.UserName, TenantID: p.Spec.TenantID,
	}
}

// Name to show: the user's name, or the application's GUID.
func (i Identity) Name() string {
	if i.UserName != "" {
		return i.UserName
	}
	return i.Principal
}

// AppID is the application's GUID; users have none.
func (i Identity) AppID() string {
	if i.Type == User {
		return ""
	}
	return i.Principal
}

// ARMType is the type as role assignments name it.
func ARMType(kind string) string {
	if kind == ManagedIdentity {
		return ServicePrincipal
	}
	return kind
}

func (i Identity) claims(use string) Claims {
	c := Claims{
		Use: use, ObjectID: i.Principal, AppID: i.AppID(), TenantID: i.TenantID, Name: i.DisplayName, UPN: i.UserName, Secret: i.Secret,
	}
	c.Subject = i.Principal
	return c
}
