package registry

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/middleware"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

var errDenied = errors.New("no role lets this happen")

// Config of the registry.
type Config struct {
	// Endpoint of Lotse's registry. Transport holds the client certificate that lets the front door write there.
	Endpoint  string
	Transport http.RoundTripper
	Issuer    *identity.Issuer
	Directory *identity.Directory
	// LogIns and Bearers are the front door's, so that its bounds are of all ways to log in together.
	LogIns  *middleware.LogIns
	Bearers *middleware.Bearers
}

// Registry forwards to Lotse's registry.
type Registry struct {
	Config
	proxy *httputil.ReverseProxy
}

// New registry.
func New(c Config) (*Registry, error) {
	target, err := url.Parse(c.Endpoint)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("registry endpoint %q is no URL with a host", c.Endpoint)
	}
	return &Registry{Config: c, proxy: newProxy(target, c.Transport)}, nil
}

// Routes of the registry. They are public for the front door: registries have a handshake of their own.
func (g *Registry) Routes() route.Table {
	public := func(method, pattern string, h route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Access: route.Public, Handle: h}
	}
	form := public(http.MethodPost, "/v2/token", g.token)
	form.LogIn = true
	table := route.Table{public(http.MethodGet, "/v2/token", g.token), form}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		images := public(method, "/v2/{rest...}", g.serve)
		images.Stream = true
		table = append(table, images)
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
		return throttled(w, err)
	}
	if who.Principal == "" {
		challenge(w, r, repository)
		return refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "Log in first: docker login "+r.Host+" with an application's ID and secret.")
	}
	r.Caller = who
	why := ""
	_, err = g.Directory.Permit(r.Context(), func(given []v1alpha1.RoleAssignment) error {
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
