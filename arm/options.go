package arm

import (
	"log/slog"
	"net/http"
	"os"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/cached"
	"lotse.dev/arm/containerservice"
	"lotse.dev/arm/features"
	"lotse.dev/arm/middleware"
	"lotse.dev/arm/operator"
	"lotse.dev/audit"
)

// Options of the front door.
type Options struct {
	// Client of the management cluster. It must not read from a cache.
	Client client.Client
	// Cache of CachedKinds, with the index of cached.Index. Nil reads them from the API server.
	Cache client.Reader
	// Replicated front doors know of each other by a Lease, from Join on. One that is alone reads groups, clusters and pools from the Cache.
	Replicated bool
	// Replicas is what is known of other front doors if this one is not Replicated. Nil reads groups, clusters and pools from the API server.
	Replicas cached.Replicas
	// Observed reads what capacity the management cluster has; it may lag. Nil admits whatever is asked for: right for a management cluster
	// that grows by itself.
	Observed client.Reader
	// Clock of the service; the real one if nil. It may be ahead of real time.
	Clock clock.PassiveClock
	// Real time; the real clock if nil. It is used for time limits that keep writes and log-ins safe: locks, reservations, what the cache has not
	// seen yet, throttles. Certificates and the deadlines of connections use real time anyway.
	Real clock.PassiveClock
	// PublicURL of the front door, such as https://lotse.example.org:8443. Clusters' OIDC issuers are below it; empty for none. It needs a Cache
	// that is indexed by oidcissuer.Index.
	PublicURL string
	// Location is the one location of this Lotse, such as local.
	Location string
	// SigningKey is the PEM RSA key of tokens.
	SigningKey []byte

	// Listen address, such as :8443, and TLSDir with tls.crt and tls.key, which are read again when they change. Only Run needs them.
	Listen string
	TLSDir string

	// Hosts are the DNS names and addresses of the front door, without ports, beside those of the machine itself. Requests for others are refused.
	Hosts []string

	// Log of requests and errors; slog's default if nil.
	Log *slog.Logger
	// Audit log; standard output if nil.
	Audit *audit.Log
	// Rates of requests that one caller may send.
	Rates middleware.Rates
	// RequestTimeout of everything but images.
	RequestTimeout time.Duration

	// Logs of the management cluster's containers, for operators; nil for none.
	Logs operator.Logs

	// RegistryEndpoint is where images are written; empty for none. RegistryTransport holds the client certificate (registry.Transport).
	RegistryEndpoint  string
	RegistryTransport http.RoundTripper

	// Outbound is what nodes of every cluster need to reach, beyond their API server (F2).
	Outbound []containerservice.Endpoint
	// Commands runs commands in hosted clusters; nil for none.
	Commands containerservice.Commands
	// Preflight reads what upgrades of hosted clusters would meet; nil checks no upgrade ahead.
	Preflight containerservice.Preflight
	// Features that can be registered (H2).
	Features []features.Feature
}

// Defaults of options.
const (
	defaultLocation = "local"
	defaultTimeout  = time.Minute
)

// defaultRates leave capacity for several callers at their limits on a machine of two processors.
var defaultRates = middleware.Rates{
	Read: middleware.Rate{PerSecond: 200, Burst: 1000}, Write: middleware.Rate{PerSecond: 50, Burst: 250},
	Delete: middleware.Rate{PerSecond: 50, Burst: 250},
}

func (o Options) complete() Options {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Real == nil {
		o.Real = clock.RealClock{}
	}
	if o.Location == "" {
		o.Location = defaultLocation
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Audit == nil {
		o.Audit = audit.To(os.Stdout)
	}
	if o.Rates == (middleware.Rates{}) {
		o.Rates = defaultRates
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = defaultTimeout
	}
	return o
}
