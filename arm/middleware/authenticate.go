package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Authenticate reads the caller's token and looks its principal up, so that a deleted one is refused at once and not when the token expires.
func Authenticate(issuer *identity.Issuer, directory *identity.Directory) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Access == route.Public {
				return next(w, r)
			}
			who, err := Caller(r.Request, issuer, directory)
			if err != nil {
				if e := fault.Of(err); e.Status() == http.StatusUnauthorized {
					challenge(w, r, e.Message)
				}
				return err
			}
			r.Caller = who
			return next(w, r)
		}
	}
}

// Caller of a request, by its bearer token.
func Caller(r *http.Request, issuer *identity.Issuer, directory *identity.Directory) (identity.Identity, error) {
	token, ok := Bearer(r)
	if !ok {
		return identity.Identity{}, fault.New(fault.AuthenticationFailed, "Authentication failed. The 'Authorization' header is missing or is "+
			"not 'Bearer TOKEN'. Log in first.")
	}
	audiences := Audiences(route.Base(r))
	claims, err := issuer.ReadAccess(token, audiences...)
	if err != nil {
		return identity.Identity{}, invalidToken(err, audiences)
	}
	if want := route.Base(r) + "/adfs"; claims.Issuer != want {
		return identity.Identity{}, fault.New(fault.InvalidToken, "The access token is from the wrong issuer '%s'. It must be from '%s'. "+
			"Log in again.", claims.Issuer, want)
	}
	who, err := directory.Holder(r.Context(), claims)
	if err != nil {
		return identity.Identity{}, invalidHolder(err, claims)
	}
	return who, nil
}

// invalidToken is what is wrong with the token itself, in ARM's words.
func invalidToken(err error, audiences []string) error {
	expired, audience := (*identity.ExpiredError)(nil), (*identity.AudienceError)(nil)
	switch {
	case errors.As(err, &expired):
		const format = "1/2/2006 3:04:05 PM"
		return fault.New(fault.ExpiredToken, "The access token expiry UTC time '%s' is earlier than current UTC time '%s'.",
			expired.At.UTC().Format(format), expired.Now.UTC().Format(format))
	case errors.As(err, &audience):
		return fault.New(fault.InvalidTokenAudience, "The access token has been obtained for wrong audience or resource '%s'. It should "+
			"exactly match with one of the allowed audiences '%s'.", audience.Audience, strings.Join(audiences, "','"))
	}
	return fault.New(fault.InvalidToken, "The access token is invalid: %v. Log in again.", err)
}

// invalidHolder is why a valid token does not authenticate its principal.
func invalidHolder(err error, claims identity.Claims) error {
	switch {
	case errors.Is(err, identity.ErrUnknown):
		return fault.New(fault.InvalidToken, "The principal '%s' of the access token does not exist any more.", claims.ObjectID)
	case errors.Is(err, identity.ErrDisabled):
		return fault.New(fault.InvalidToken, "The principal '%s' of the access token is disabled. Ask the operator of this service.", claims.ObjectID)
	case errors.Is(err, identity.ErrSecret):
		return fault.New(fault.InvalidToken, "The secret that the access token was issued for was removed or has expired. Log in with another one.")
	case errors.Is(err, identity.ErrTenant):
		return fault.New(fault.InvalidTenant, "The access token is from the wrong tenant '%s'. Log in again.", claims.TenantID)
	}
	return err
}

// Bearer token of a request.
func Bearer(r *http.Request) (string, bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), found && strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) != ""
}

// Audiences that name the front door at base. Some clients send it without the slash.
func Audiences(base string) []string { return []string{base + "/", base} }

func challenge(w http.ResponseWriter, r *route.Request, why string) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer authorization_uri=%q, error=\"invalid_token\", error_description=%q", r.Base()+"/adfs", why))
}
