package arm

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/adfs"
	"lotse.dev/arm/auditing"
	"lotse.dev/arm/authorization"
	"lotse.dev/arm/body"
	"lotse.dev/arm/cached"
	"lotse.dev/arm/compute"
	"lotse.dev/arm/containerservice"
	"lotse.dev/arm/encoded"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/features"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/middleware"
	"lotse.dev/arm/oidcissuer"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/operator"
	"lotse.dev/arm/principals"
	"lotse.dev/arm/provider"
	"lotse.dev/arm/registry"
	"lotse.dev/arm/replica"
	"lotse.dev/arm/resources"
	"lotse.dev/arm/route"
	"lotse.dev/arm/subscriptions"
	"lotse.dev/identity"
	"lotse.dev/telemetry"
)

// Server is the front door.
type Server struct {
	options Options
	log     *slog.Logger
	table   route.Table
	inner   []middleware.Inner
	// reads see each write that was answered. Objects of shared belong to the cache and must not be changed.
	reads, shared client.Reader
	answers       *encoded.Answers
	replica       *replica.Replica // nil if nothing is known of others
	// clusters are also written in the name of their schedules.
	clusters *containerservice.Provider
	// closing ends when the server does. Streams without an end stop then.
	closing context.Context
	close   context.CancelFunc
}

// New front door.
func New(o Options) (*Server, error) {
	o = o.complete()
	if o.Client == nil {
		return nil, errors.New("the front door needs a client of the management cluster")
	}
	if o.PublicURL != "" && o.Cache == nil {
		return nil, errors.New("the front door serves OIDC issuers from a cache, and there is none")
	}
	issuer, err := identity.NewIssuer(o.SigningKey, o.Clock)
	if err != nil {
		return nil, err
	}
	s := &Server{log: o.Log, reads: o.Client, shared: o.Client, answers: encoded.New(encoded.MaxBytes)}
	if o.Cache != nil {
		if o.Client, err = s.cached(o); err != nil {
			return nil, err
		}
	}
	s.options = o
	directory, err := identity.NewDirectory(o.Client, s.shared, o.Clock)
	if err != nil {
		return nil, err
	}
	logIns, bearers := middleware.NewLogIns(directory, o.Real), middleware.NewBearers(issuer, directory, o.Real)
	s.closing, s.close = context.WithCancel(context.Background()) //nolint:gosec // G118: the server calls it when it shuts down
	s.inner = []middleware.Inner{
		middleware.Audit(o.Audit, o.Clock, o.Log),
		middleware.Forms(o.Real),
		middleware.Authenticate(bearers),
		middleware.Throttle(o.Rates, o.Real),
		middleware.LargeBodies(),
		middleware.Authorize(directory),
		middleware.APIVersion(o.Location),
		middleware.Subscription(o.Client, s.shared),
		middleware.AuditBefore(o.Audit, o.Clock, o.Log),
	}
	if err := s.route(issuer, directory, logIns, bearers); err != nil {
		return nil, err
	}
	s.table.Ready()
	return s, nil
}

// cached is the client that records its writes for the readers of the server.
func (s *Server) cached(o Options) (client.Client, error) {
	var c *cached.Client
	replicas := o.Replicas
	if o.Replicated {
		s.replica = replica.New(o.Client, o.Real, o.Log, func(ctx context.Context) error { return c.Refresh(ctx) })
		replicas = s.replica
	}
	c, err := cached.New(o.Client, o.Cache, o.Real, replicas, CachedKinds())
	if err != nil {
		return nil, err
	}
	s.reads, s.shared = c.Reader(), c.Shared()
	return c, nil
}

// CachedKinds are those that are read from Options.Cache.
func CachedKinds() cached.Kinds {
	return cached.Kinds{
		Lookups:   []client.Object{&v1alpha1.Principal{}, &v1alpha1.RoleAssignment{}, &v1alpha1.Subscription{}},
		Resources: []client.Object{&v1alpha1.ResourceGroup{}, &v1alpha1.ManagedCluster{}, &v1alpha1.AgentPool{}},
	}
}

// route makes the flat table of all that the front door answers.
func (s *Server) route(issuer *identity.Issuer, directory *identity.Directory, logIns *middleware.LogIns, bearers *middleware.Bearers) error {
	o := s.options
	guard, signer := identity.NewGuard(o.Client, o.Clock), operation.NewSigner(o.SigningKey)
	registered := s.registrations(guard, signer)
	if err := provider.Check(registered); err != nil {
		return err
	}
	s.table = route.Table{{Method: http.MethodGet, Pattern: "/healthz", Access: route.Public, Handle: healthy}}
	for _, r := range registered {
		s.table = append(s.table, r.Routes...)
	}
	if o.Cache != nil {
		s.table = append(s.table, oidcissuer.New(o.Cache).Routes()...)
	}
	s.table = append(s.table, adfs.New(issuer, directory, logIns, o.Client, o.Clock).Routes()...)
	operators := &operator.Provider{Client: o.Client, Clock: o.Clock, Registered: registered, Logs: o.Logs, Closing: s.closing}
	s.table = append(s.table, operators.Routes()...)
	s.table = append(s.table, principals.New(o.Client, guard, o.Clock).Routes()...)
	s.table = append(s.table, subscriptions.New(o.Client).Routes()...)
	s.table = append(s.table, auditing.New(o.Audit, o.Clock).Routes()...)
	if o.RegistryEndpoint == "" {
		return nil
	}
	images, err := registry.New(registry.Config{
		Endpoint: o.RegistryEndpoint, Transport: o.RegistryTransport, Issuer: issuer, Directory: directory, LogIns: logIns, Bearers: bearers, Live: o.Client, Cached: s.reads,
	})
	if err != nil {
		return err
	}
	s.table = append(s.table, images.Routes()...)
	return nil
}

// registrations is the flat list of resource providers.
func (s *Server) registrations(guard *identity.Guard, signer operation.Signer) []provider.Registration {
	o := s.options
	s.clusters = containerservice.New(containerservice.Config{
		Client: o.Client, Reads: s.reads, Shared: s.shared, Answers: s.answers, Observed: o.Observed, Clock: o.Clock, Real: o.Real, Signer: signer, Location: o.Location, PublicURL: o.PublicURL, Endpoints: o.Outbound, Commands: o.Commands, Preflight: o.Preflight,
	})
	others := append(resources.Empty(),
		authorization.New(o.Client, guard).Registration(),
		compute.New(o.Client).Registration(),
		s.clusters.Registration(),
		features.New(o.Client, o.Features).Registration(),
	)
	return append(others, resources.New(resources.Config{
		Client: o.Client, Reads: s.reads, Shared: s.shared, Answers: s.answers, Signer: signer, Location: o.Location, Others: others,
	}).Registration())
}

func healthy(w http.ResponseWriter, _ *route.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n")) // the client has gone if this fails
	return nil
}

// Handler of everything the front door answers.
func (s *Server) Handler() http.Handler {
	return middleware.Outer(http.HandlerFunc(s.dispatch), middleware.RequestID, middleware.Observe, middleware.AccessLog(s.log, s.options.Clock),
		middleware.Recover(s.log), middleware.Hosts(s.options.Hosts))
}

// dispatch finds the route and serves it within bounds. Images and logs that are followed are larger and slower than everything else: they may last
// as long as something comes.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	found, err := s.find(w, r)
	bounds := []func(http.Handler) http.Handler{middleware.Timeout(s.options.RequestTimeout), middleware.BodyLimit(body.MaxBytes)}
	if err == nil && (found.Stream || operator.Streams(r)) {
		bounds = []func(http.Handler) http.Handler{middleware.Stalled(middleware.StallTimeout)}
	}
	serve := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err == nil {
			err = s.serve(w, r, found)
		}
		if err != nil {
			s.refuse(w, r, err)
		}
	})
	middleware.Outer(serve, bounds...).ServeHTTP(w, r)
}

func (s *Server) find(w http.ResponseWriter, r *http.Request) (*route.Match, error) {
	if err := route.CheckURL(r); err != nil {
		return nil, err
	}
	found, allowed := s.table.Find(r.Method, r.URL.EscapedPath())
	if found == nil {
		return nil, unknown(w, r, allowed)
	}
	return found, nil
}

// serve runs the route's handler within the inner middlewares.
func (s *Server) serve(w http.ResponseWriter, r *http.Request, found *route.Match) error {
	telemetry.Routed(r.Context(), found.Pattern)
	request := &route.Request{Request: r, Match: *found, CorrelationID: middleware.CorrelationID(r.Context())}
	return middleware.Chain(found.Handle, s.inner...)(w, request)
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := fault.Of(err)
	if e.Status() >= http.StatusInternalServerError || errors.Is(err, inventory.ErrOtherResource) {
		s.log.ErrorContext(r.Context(), "request failed", "error", err, "method", r.Method, "path", r.URL.Path,
			"request", w.Header().Get("x-ms-request-id"))
	}
	fault.Write(w, e)
}

// unknown is why no route was found.
func unknown(w http.ResponseWriter, r *http.Request, allowed []string) error {
	if len(allowed) > 0 {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		return fault.New(fault.MethodNotAllowed, "The method %s is not supported here; supported are %s.", r.Method, strings.Join(allowed, ", "))
	}
	if provider, kind := route.TypeOf(r.URL.Path); kind != "" {
		return fault.New(fault.InvalidResourceType, "The resource type '%s' could not be found in the namespace '%s' for api version '%s'.",
			kind, provider, route.Query(r, "api-version"))
	}
	return fault.New(fault.NotFound, "There is nothing at '%s'.", r.URL.Path)
}
