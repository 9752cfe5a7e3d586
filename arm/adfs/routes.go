package adfs

import (
	"net/http"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/middleware"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Login serves the log-in endpoints.
type Login struct {
	issuer    *identity.Issuer
	directory *identity.Directory
	logIns    *middleware.LogIns
	clock     clock.PassiveClock
	approvals approvals
}

// New login. The client must not read from a cache: a device's code is redeemed as soon as its user has signed in.
func New(issuer *identity.Issuer, directory *identity.Directory, logIns *middleware.LogIns, c client.Client, now clock.PassiveClock) *Login {
	return &Login{
		issuer: issuer, directory: directory, logIns: logIns, clock: now, approvals: approvals{client: c, directory: directory, clock: now},
	}
}

// Routes of the log-in, all public.
func (l *Login) Routes() route.Table {
	public := func(method, pattern string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Access: route.Public, LogIn: method == http.MethodPost, Handle: h}
	}
	return route.Table{
		public(http.MethodGet, "/metadata/endpoints", l.metadata),
		public(http.MethodGet, "/adfs/.well-known/openid-configuration", l.openID),
		public(http.MethodGet, "/adfs/discovery/keys", l.keys),
		public(http.MethodPost, "/adfs/oauth2/token", l.token),
		// Entra ID's addresses, which Terraform's azurerm and other clients make from the authority and a tenant.
		public(http.MethodPost, "/adfs/oauth2/v2.0/token", l.token),
		public(http.MethodPost, "/adfs/{tenant}/oauth2/v2.0/token", l.token),
		public(http.MethodPost, "/{tenant}/oauth2/v2.0/token", l.token),
		public(http.MethodPost, "/adfs/oauth2/devicecode", l.deviceCode),
		public(http.MethodGet, "/adfs/oauth2/deviceauth", l.devicePage),
		public(http.MethodPost, "/adfs/oauth2/deviceauth", l.deviceSignIn),
	}
}

// authority is the issuer's name as the caller reached it.
func authority(r *route.Request) string { return r.Base() + "/adfs" }
