package arm

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/containerservice"
	"lotse.dev/arm/features"
	"lotse.dev/arm/middleware"
)

// Options of the front door.
type Options struct {
	// Client of the management cluster. It must not read from a cache: a GET sees the PUT before it.
	Client client.Client
	// Clock of the service; the real one if nil. Tokens and rate limits go by it.
	Clock clock.PassiveClock
	// Location is the one location that this Lotse is, such as local.
	Location string
	// SigningKey is the PEM RSA key of tokens.
	SigningKey []byte

	// Listen address, such as :8443, and TLSDir with tls.crt and tls.key, which are read again when they change. Only Run needs them.
	Listen string
	TLSDir string

	// Log of requests and of what goes wrong; slog's default if nil.
	Log *slog.Logger
	// Audit gets a JSON line for every write; standard output if nil.
	Audit io.Writer
	// Rate of requests that one caller may send.
	Rate middleware.Rate
	// RequestTimeout of everything but images.
	RequestTimeout time.Duration

	// RegistryEndpoint is where images are written; empty for none. RegistryTransport holds the client certificate (registry.Transport).
	RegistryEndpoint  string
	RegistryTransport http.RoundTripper

	// Outbound is what nodes of every cluster need to reach, beyond their API server (F2).
	Outbound []containerservice.Endpoint
	// Features that can be registered (H2).
	Features []features.Feature
}

// Defaults of options that are left out.
const (
	defaultLocation = "local"
	defaultTimeout  = time.Minute
)

var defaultRate = middleware.Rate{PerSecond: 50, Burst: 200}

func (o Options) complete() Options {
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Location == "" {
		o.Location = defaultLocation
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Audit == nil {
		o.Audit = os.Stdout
	}
	if o.Rate == (middleware.Rate{}) {
		o.Rate = defaultRate
	}
	if o.RequestTimeout == 0 {
		o.RequestTimeout = defaultTimeout
	}
	return o
}
