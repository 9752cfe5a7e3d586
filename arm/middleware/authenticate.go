package middleware

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"k8s.io/utils/clock"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Authenticate reads the caller's token and looks its principal up, so that a deleted one is refused at once and not when the token expires.
func Authenticate(b *Bearers) Inner {
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if r.Access == route.Public {
				return next(w, r)
			}
			who, err := b.Caller(r.Request, Audiences(r.Base())...)
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

// Requests without a valid token that are answered 401: of one address, and with one principal's tokens, which are looked up anew each time.
var (
	refusedFrom   = Rate{PerSecond: 10, Burst: 200}
	refusedHolder = Rate{PerSecond: 1, Burst: 20}
)

// Bearers reads bearer tokens. It throttles clients that send many invalid ones.
type Bearers struct {
	issuer       *identity.Issuer
	directory    *identity.Directory
	from, holder *buckets
}

// NewBearers of the tokens of an issuer and the principals in a directory.
func NewBearers(issuer *identity.Issuer, directory *identity.Directory, c clock.PassiveClock) *Bearers {
	return &Bearers{issuer: issuer, directory: directory, from: newBuckets(refusedFrom, c), holder: newBuckets(refusedHolder, c)}
}

// Caller of a request, by its bearer token for one of the audiences. Errors are of status 401, or fault.Throttled after many of these.
func (b *Bearers) Caller(r *http.Request, audiences ...string) (identity.Identity, error) {
	who, err := b.caller(r, audiences)
	if err == nil || fault.Of(err).Status() != http.StatusUnauthorized {
		return who, err
	}
	if _, delay := b.from.take(Source(r.RemoteAddr)); delay > 0 {
		return who, refusedOften(delay)
	}
	return who, err
}

func (b *Bearers) caller(r *http.Request, audiences []string) (identity.Identity, error) {
	token, ok := Bearer(r)
	if !ok {
		return identity.Identity{}, fault.New(fault.AuthenticationFailed, "Authentication failed. The 'Authorization' header is missing or is "+
			"not 'Bearer TOKEN'. Log in first.")
	}
	claims, err := b.issuer.ReadAccess(token, audiences...)
	if err != nil {
		return identity.Identity{}, invalidToken(err, audiences)
	}
	if want := route.Base(r) + "/adfs"; claims.Issuer != want {
		return identity.Identity{}, fault.New(fault.InvalidToken, "The access token is from the wrong issuer '%s'. It must be from '%s'. "+
			"Log in again.", claims.Issuer, want)
	}
	holder := Source(r.RemoteAddr) + " " + claims.ObjectID
	if delay := b.holder.empty(holder); delay > 0 {
		return identity.Identity{}, refusedOften(delay)
	}
	who, err := b.directory.Holder(r.Context(), claims)
	if err != nil {
		if identity.Over(err) {
			b.holder.take(holder)
		}
		return identity.Identity{}, invalidHolder(err, claims)
	}
	return who, nil
}

func refusedOften(delay time.Duration) error {
	return fault.New(fault.Throttled, "Too many requests without a valid access token came from this address. Log in, and try again in %d seconds.",
		int(math.Ceil(delay.Seconds()))).After(delay)
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
