package registry

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/middleware"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Config of a registry.
type Config struct {
	// Endpoint of Lotse's registry, and the Transport with the client certificate that lets the front door write there.
	Endpoint  string
	Transport http.RoundTripper
	Issuer    *identity.Issuer
	Directory *identity.Directory
	// Live and Cached readers of subscriptions. Cached may lag a little.
	Live, Cached client.Reader
	// LogIns and Bearers are the front door's, so that its limits count the log-ins of all endpoints together.
	LogIns  *middleware.LogIns
	Bearers *middleware.Bearers
}

// Registry forwards to Lotse's registry what roles permit.
type Registry struct {
	Config
	target *url.URL
	proxy  *httputil.ReverseProxy
	slots  slots
}

// New registry.
func New(c Config) (*Registry, error) {
	target, err := url.Parse(c.Endpoint)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("registry endpoint %q is no URL with a host", c.Endpoint)
	}
	return &Registry{Config: c, target: target, proxy: newProxy(target, c.Transport)}, nil
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
	t, ok := targetOf(r.URL)
	if !ok {
		return refuse(w, http.StatusBadRequest, "NAME_INVALID", "The path is not one of a registry.")
	}
	who, err := g.caller(r)
	if err != nil {
		return throttled(w, err)
	}
	if who.Principal == "" {
		challenge(w, r, t.repository)
		return refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "Log in first: docker login "+r.Host+" with an application's ID and secret.")
	}
	r.Caller = who
	switch t.kind {
	case api:
		g.forward(w, r)
		return nil
	case catalog:
		return g.list(w, r)
	}
	return writeRefusal(w, g.decided(w, r, t))
}

// decided does what a request asks for if its caller may.
func (g *Registry) decided(w http.ResponseWriter, r *route.Request, t target) error {
	r.Action, r.Resource = action(r.Method), resource(r.URL.Path, t.owner)
	if err := g.permit(r, r.Method, t); err != nil {
		return err
	}
	if t.kind == uploads {
		g.mount(r)
	}
	if r.Action == identity.PushImage {
		done, err := g.push(w, r, t)
		if err != nil {
			return err
		}
		defer done()
	}
	g.forward(w, r)
	return nil
}

// forward without the headers that only the front door may set.
func (g *Registry) forward(w http.ResponseWriter, r *route.Request) {
	r.URL.RawQuery = query(r.URL).Encode()
	g.proxy.ServeHTTP(w, r.Request)
}
