package identity

import "lotse.dev/api/v1alpha1"

// Types of principals.
const (
	ServicePrincipal = "ServicePrincipal"
	User             = "User"
)

// Identity is who a principal is, without what it may do.
type Identity struct {
	// Principal is the name of the Principal object: application GUID or object GUID.
	Principal   string
	DisplayName string
	Type        string
	UserName    string
	TenantID    string
}

// Of a principal.
func Of(p v1alpha1.Principal) Identity {
	return Identity{
		Principal: p.Name, DisplayName: p.Spec.DisplayName, Type: p.Spec.Type,
		UserName: p.Spec.UserName, TenantID: p.Spec.TenantID,
	}
}

// Name to show to people: the user's name, or the application's GUID.
func (i Identity) Name() string {
	if i.UserName != "" {
		return i.UserName
	}
	return i.Principal
}

func (i Identity) claims(use string) Claims {
	c := Claims{Use: use, ObjectID: i.Principal, TenantID: i.TenantID, Name: i.DisplayName, UPN: i.UserName}
	c.Subject = i.Principal
	if i.Type == ServicePrincipal {
		c.AppID = i.Principal
	}
	return c
}
