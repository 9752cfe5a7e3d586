package principals

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/naming"
	"lotse.dev/identity"
)

type secretBody struct {
	ID            string     `json:"id"`
	KeyID         string     `json:"keyId"`
	DisplayName   string     `json:"displayName,omitempty"`
	StartDateTime time.Time  `json:"startDateTime"`
	EndDateTime   *time.Time `json:"endDateTime,omitempty"`
	Expired       bool       `json:"expired"`
	// SecretText is shown once, in the answer to the request that created the secret.
	SecretText string `json:"secretText,omitempty"`
}

func secretOf(principal string, s v1alpha1.PrincipalSecret, now time.Time) secretBody {
	b := secretBody{
		ID: all + "/" + principal + "/secrets/" + s.ID, KeyID: s.ID, DisplayName: s.DisplayName,
		StartDateTime: s.CreatedAt.UTC(), Expired: identity.Expired(s, now),
	}
	if s.ExpiresAt != nil {
		end := s.ExpiresAt.UTC()
		b.EndDateTime = &end
	}
	return b
}

type principalProperties struct {
	DisplayName string       `json:"displayName"`
	Kind        string       `json:"kind"`
	UserName    string       `json:"userName,omitempty"`
	TenantID    string       `json:"tenantId"`
	AppID       string       `json:"appId,omitempty"`
	Enabled     bool         `json:"enabled"`
	CreatedOn   time.Time    `json:"createdOn"`
	Secrets     []secretBody `json:"secrets"`
}

type principalBody struct {
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Type       string              `json:"type"`
	Properties principalProperties `json:"properties"`
}

func principalOf(p v1alpha1.Principal, now time.Time) principalBody {
	b := principalBody{ID: all + "/" + p.Name, Name: p.Name, Type: kind, Properties: principalProperties{
		DisplayName: p.Spec.DisplayName, Kind: p.Spec.Type, UserName: p.Spec.UserName, TenantID: p.Spec.TenantID,
		AppID: identity.Of(p).AppID(), Enabled: !p.Spec.Disabled, CreatedOn: p.CreationTimestamp.UTC(), Secrets: []secretBody{},
	}}
	for _, s := range p.Spec.Secrets {
		b.Properties.Secrets = append(b.Properties.Secrets, secretOf(p.Name, s, now))
	}
	return b
}

var (
	kinds    = []string{identity.ServicePrincipal, identity.User, identity.ManagedIdentity}
	userName = regexp.MustCompile(`^[a-zA-Z0-9][-_.a-zA-Z0-9]{0,62}@[a-zA-Z0-9][-.a-zA-Z0-9]{0,100}$`)
)

// readPrincipal changes spec into what the body asks for. Properties that the body does not name stay; type, user name and tenant never change.
func readPrincipal(r *http.Request, present *principalBody, spec *v1alpha1.PrincipalSpec) error {
	var now any
	if present != nil {
		now = present
	}
	o, err := body.Read(r, now)
	if err != nil {
		return err
	}
	for _, name := range []string{"id", "name", "type"} {
		o.String(name) // clients repeat what the path says
	}
	p := o.Object("properties")
	if name, ok := p.String("displayName"); ok {
		spec.DisplayName = name
	}
	if present != nil {
		p.ReadOnly("kind", "userName", "tenantId", "appId", "createdOn", "secrets")
	} else {
		o.Fail(identify(p, spec))
	}
	if enabled, ok := p.Bool("enabled"); ok {
		spec.Disabled = !enabled
	}
	_ = p.Finish()
	if err := o.Finish(); err != nil {
		return err
	}
	if spec.DisplayName == "" || len(spec.DisplayName) > 120 {
		return fault.New(fault.InvalidParameter, "The property properties.displayName is required and has at most 120 characters.").At("properties.displayName")
	}
	return nil
}

// identify reads the properties that only a new principal can set.
func identify(p *body.Object, spec *v1alpha1.PrincipalSpec) error {
	asked, _ := p.String("kind")
	i := slices.IndexFunc(kinds, func(k string) bool { return strings.EqualFold(k, asked) })
	if i < 0 {
		return fault.New(fault.InvalidParameter, "The kind '%s' is not one of %s.", asked, strings.Join(kinds, ", ")).At("properties.kind")
	}
	spec.Type = kinds[i]
	if tenant, ok := p.String("tenantId"); ok {
		spec.TenantID = strings.ToLower(tenant)
	}
	if !naming.GUID(spec.TenantID) {
		return fault.New(fault.InvalidParameter, "The tenant '%s' is not a GUID.", spec.TenantID).At("properties.tenantId")
	}
	name, named := p.String("userName")
	switch {
	case spec.Type != identity.User && named:
		return fault.New(fault.InvalidParameter, "Only users have a user name; others log in by their ID.").At("properties.userName")
	case spec.Type == identity.User && !userName.MatchString(name):
		return fault.New(fault.InvalidParameter, "The user name '%s' is not valid: write it like anna@example.com.", name).At("properties.userName")
	}
	spec.UserName = strings.ToLower(name)
	return nil
}
