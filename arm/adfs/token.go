package adfs

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"lotse.dev/arm/middleware"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
	"lotse.dev/telemetry"
)

// Grant types that the token endpoint knows.
const (
	grantClient   = "client_credentials"
	grantPassword = "password"
	grantRefresh  = "refresh_token"
	grantDevice   = "urn:ietf:params:oauth:grant-type:device_code"
	grantOldCode  = "device_code" // as ADFS names it
)

type tokenAnswer struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	ExtExpiresIn int    `json:"ext_expires_in"`
	AccessToken  string `json:"access_token"`
	Resource     string `json:"resource"`
	// Scope is always set: az fails on null.
	Scope        string `json:"scope"`
	IDToken      string `json:"id_token,omitempty"`
	RefreshToken string `json:"refresh_token,omitempty"`
}

func (l *Login) token(w http.ResponseWriter, r *route.Request) error {
	body, err := l.grant(r)
	telemetry.LoggedIn(grantLabel(r), outcome(err))
	if err != nil {
		return answer(w, err)
	}
	w.Header().Set("Cache-Control", "no-store")
	return route.JSON(w, http.StatusOK, body)
}

// grantLabel is the grant type for metrics. Unknown ones share a label, or a client could make any number of labels.
func grantLabel(r *route.Request) string {
	if asked := r.PostForm.Get("grant_type"); slices.Contains([]string{grantClient, grantPassword, grantRefresh, grantDevice, grantOldCode}, asked) {
		return asked
	}
	return "unknown"
}

func (l *Login) grant(r *route.Request) (*tokenAnswer, error) {
	if err := r.ParseForm(); err != nil {
		return nil, refuse(http.StatusBadRequest, "invalid_request", "The body is not a form: %v.", err)
	}
	audience, err := audience(r)
	if err != nil {
		return nil, err
	}
	ctx, form := r.Context(), r.PostForm
	var who identity.Identity
	switch form.Get("grant_type") {
	case grantClient:
		id, secret := clientCredentials(r)
		who, err = l.logIns.Application(r, id, secret)
	case grantPassword:
		who, err = l.logIns.User(r, form.Get("username"), form.Get("password"))
		err = asGrant(err, "The user name or the password is wrong.")
	case grantRefresh:
		who, err = l.refresh(ctx, form.Get("refresh_token"), authority(r))
	case grantDevice, grantOldCode:
		who, err = l.redeemDevice(r)
	default:
		return nil, refuse(http.StatusBadRequest, "unsupported_grant_type", "The grant_type %q is not supported.", form.Get("grant_type"))
	}
	if err != nil {
		return nil, err
	}
	if err := ofTenant(who, r.Param("tenant")); err != nil {
		return nil, err
	}
	return l.issue(r, who, audience)
}

// ofTenant refuses a log-in at another tenant's address. Clients that do not know the tenant use a general name.
func ofTenant(who identity.Identity, asked string) error {
	general := slices.ContainsFunc([]string{"", "adfs", "common", "organizations"}, func(n string) bool { return strings.EqualFold(n, asked) })
	if general || strings.EqualFold(asked, who.TenantID) {
		return nil
	}
	return refuse(http.StatusBadRequest, "invalid_request", "The principal %s is not in the tenant %q. Log in at its own tenant, or at \"common\".",
		who.Principal, asked)
}

// clientCredentials from the form or from the header.
func clientCredentials(r *route.Request) (id, secret string) {
	if id, secret, ok := r.BasicAuth(); ok {
		return id, secret
	}
	return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
}

func asGrant(err error, description string) error {
	if errors.Is(err, identity.ErrUnknown) {
		return refuse(http.StatusUnauthorized, "invalid_grant", "%s", description)
	}
	return err
}

// audience of the token as asked: a resource, or a scope below it. It can only be the front door itself.
func audience(r *route.Request) (string, error) {
	asked := r.PostForm.Get("resource")
	for _, scope := range strings.Fields(r.PostForm.Get("scope")) {
		if i := strings.LastIndex(scope, "/"); strings.Contains(scope, "://") && i > 0 && asked == "" {
			asked = scope[:i]
		}
	}
	if asked == "" || slices.Contains(middleware.Audiences(r.Base()), asked) {
		return r.Base() + "/", nil
	}
	return "", refuse(http.StatusBadRequest, "invalid_resource", "The resource %q is not known here; ask for %q.", asked, r.Base()+"/")
}

// issue the tokens. Users also get an ID token and a refresh token; an application has its secret.
func (l *Login) issue(r *route.Request, who identity.Identity, audience string) (*tokenAnswer, error) {
	r.Caller = who // for the audit log
	access, err := l.issuer.Access(who, authority(r), audience)
	if err != nil {
		return nil, err
	}
	seconds := int(identity.AccessLifetime.Seconds())
	a := &tokenAnswer{
		TokenType: "Bearer", ExpiresIn: seconds, ExtExpiresIn: seconds, AccessToken: access, Resource: audience,
		Scope: audience + "/.default",
	}
	if scope := r.PostForm.Get("scope"); scope != "" {
		a.Scope = scope
	}
	if who.Type != identity.User {
		return a, nil
	}
	if a.IDToken, err = l.issuer.ID(who, authority(r), r.PostForm.Get("client_id")); err != nil {
		return nil, err
	}
	a.RefreshToken, err = l.issuer.Refresh(who, authority(r))
	return a, err
}

// refresh logs a user in again whose password has not changed.
func (l *Login) refresh(ctx context.Context, token, issuer string) (identity.Identity, error) {
	claims, err := l.issuer.ReadRefresh(token, issuer)
	if err != nil {
		return identity.Identity{}, refuse(http.StatusBadRequest, "invalid_grant", "The refresh token is invalid: %v. Log in again.", err)
	}
	who, err := l.directory.Renewed(ctx, claims)
	return who, ended(err)
}

// ended is the refusal of a log-in that is no longer valid.
func ended(err error) error {
	if identity.Over(err) {
		return refuse(http.StatusBadRequest, "invalid_grant", "The log-in is over: %v. Log in again.", err)
	}
	return err
}
