package registry

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

var errDenied = errors.New("no role lets this happen")

// Registry forwards to Lotse's registry.
type Registry struct {
	issuer    *identity.Issuer
	directory *identity.Directory
	proxy     *httputil.ReverseProxy
}

// New registry, at endpoint. The transport holds the client certificate that lets the front door write there.
func New(endpoint string, transport http.RoundTripper, issuer *identity.Issuer, directory *identity.Directory) (*Registry, error) {
	target, err := url.Parse(endpoint)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("registry endpoint %q is no URL with a host", endpoint)
	}
	return &Registry{issuer: issuer, directory: directory, proxy: newProxy(target, transport)}, nil
}

// Routes of the registry. They are public for the front door: registries have a handshake of their own.
func (g *Registry) Routes() route.Table {
	public := func(method, pattern string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Access: route.Public, Handle: h}
	}
	table := route.Table{
		public(http.MethodGet, "/v2/token", g.token),
		public(http.MethodPost, "/v2/token", g.token),
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		table = append(table, public(method, "/v2/{rest...}", g.serve))
	}
	return table
}

func (g *Registry) serve(w http.ResponseWriter, r *route.Request) error {
	repository, ok := repositoryOf(r.URL)
	if !ok {
		return refuse(w, http.StatusBadRequest, "NAME_INVALID", "The path is not one of a registry.")
	}
	who, err := g.caller(r)
	if err != nil {
		return err
	}
	if who.Principal == "" {
		challenge(w, r, repository)
		return refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "Log in first: docker login "+r.Host+" with an application's ID and secret.")
	}
	r.Caller = who
	why := ""
	_, err = g.directory.Permit(r.Context(), func(given []v1alpha1.RoleAssignment) error {
		if why = denied(given, who.Principal, r.Method, repository); why != "" {
			return errDenied
		}
		return nil
	})
	if errors.Is(err, errDenied) {
		return refuse(w, http.StatusForbidden, "DENIED", why)
	}
	if err != nil {
		return err
	}
	g.proxy.ServeHTTP(w, r.Request)
	return nil
}
