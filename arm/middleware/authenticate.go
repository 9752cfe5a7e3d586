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

// Authenticate reads the caller's token. The principal is looked up each time: a deleted one is out at once and not in an hour.
func Authenticate(issuer *identity.Issuer, directory *identity.Directory) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Access == route.Public {
				return next(w, r)
			}
			who, err := Caller(r.Request, issuer, directory)
			if err != nil {
				if fault.Of(err).Status() == http.StatusUnauthorized {
					challenge(w, r)
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
		return identity.Identity{}, fault.New(fault.AuthenticationFailed,
			"Authentication failed. The 'Authorization' header is missing or is not 'Bearer TOKEN'. Log in first.")
	}
	claims, err := issuer.ReadAccess(token, Audiences(route.Base(r))...)
	if err != nil {
		return identity.Identity{}, fault.New(fault.InvalidToken, "The access token is invalid: %v. Log in again.", err)
	}
	if want := route.Base(r) + "/adfs"; claims.Issuer != want {
		return identity.Identity{}, fault.New(fault.InvalidToken, "The access token is from the wrong issuer '%s'. It must be from '%s'. "+
			"Log in again.", claims.Issuer, want)
	}
	who, err := directory.Principal(r.Context(), claims.ObjectID)
	if errors.Is(err, identity.ErrUnknown) {
		return identity.Identity{}, fault.New(fault.InvalidToken, "The principal '%s' of the access token does not exist any more.", claims.ObjectID)
	}
	if err == nil && claims.TenantID != who.TenantID {
		return identity.Identity{}, fault.New(fault.InvalidTenant, "The access token is from the wrong tenant '%s'. It must be from the "+
			"principal's tenant '%s'. Log in again.", claims.TenantID, who.TenantID)
	}
	return who, err
}

// Bearer token of a request.
func Bearer(r *http.Request) (string, bool) {
	scheme, token, found := strings.Cut(r.Header.Get("Authorization"), " ")
	return strings.TrimSpace(token), found && strings.EqualFold(scheme, "Bearer") && strings.TrimSpace(token) != ""
}

// Audiences that name the front door at base. Clients disagree about the slash.
func Audiences(base string) []string { return []string{base + "/", base} }

func challenge(w http.ResponseWriter, r *route.Request) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf("Bearer authorization_uri=%q, error=\"invalid_token\"", r.Base()+"/adfs"))
}
