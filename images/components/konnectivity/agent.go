package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/pflag"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/keepalive"
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"sigs.k8s.io/apiserver-network-proxy/cmd/agent/app"
	"sigs.k8s.io/apiserver-network-proxy/cmd/agent/app/options"
	"sigs.k8s.io/apiserver-network-proxy/pkg/agent"
	"sigs.k8s.io/apiserver-network-proxy/pkg/util"
)

// proxyAgent is upstream's, put together here because it takes part in no choice of servers otherwise.
type proxyAgent struct {
	*options.GrpcProxyAgentOptions
	// apiServer is the URL of the API server whose Lease announces servers.
	apiServer string
	// apiTokenPath is the token for it.
	apiTokenPath                            string
	announcementNamespace, announcementName string
}

func (a *proxyAgent) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("announcement", pflag.ContinueOnError)
	flags.StringVar(&a.apiServer, "api-server", "", "The URL of the API server where servers announce themselves. If empty, the agent stays with the one it finds.")
	flags.StringVar(&a.apiTokenPath, "api-token-path", "", "The file with the token for the API server.")
	flags.StringVar(&a.announcementNamespace, "announcement-namespace", "kube-system", "The namespace of the Lease in which servers announce themselves.")
	flags.StringVar(&a.announcementName, "announcement-name", "konnectivity-server", "The name of the Lease in which servers announce themselves.")
	return flags
}

func (a *proxyAgent) run() error {
	a.Print()
	if err := a.Validate(); err != nil {
		return err
	}
	drain, stop := app.SetupSignalHandler()
	tls, err := util.GetClientTLSConfig(a.CaCert, a.AgentCert, a.AgentKey, a.ProxyServerHost, a.AlpnProtos)
	if err != nil {
		return fmt.Errorf("the credentials: %w", err)
	}
	found := &newest{ordinary: net.JoinHostPort(a.ProxyServerHost, strconv.Itoa(a.ProxyServerPort)), clock: clock.RealClock{}}
	set := a.ClientSetConfig(
		grpc.WithTransportCredentials(credentials.NewTLS(tls)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: a.KeepaliveTime, PermitWithoutStream: true}),
		grpc.WithContextDialer(found.dial),
	).NewAgentClientSet(drain, stop)
	found.connections = set
	set.SetServerCounter(found)
	set.Serve()
	if a.apiServer != "" {
		if err := a.watch(found, stop); err != nil {
			return err
		}
	}
	health := &http.Server{
		Addr: net.JoinHostPort(a.HealthServerHost, strconv.Itoa(a.HealthServerPort)), Handler: handler(set), ReadHeaderTimeout: 10 * time.Second,
	}
	defer health.Close()
	go func() { klog.ErrorS(health.ListenAndServe(), "probes are not answered") }()
	<-stop
	return nil
}

// watch the one Lease by its name: the agent may see no other.
func (a *proxyAgent) watch(found *newest, stop <-chan struct{}) error {
	kube, err := kubernetes.NewForConfig(&rest.Config{
		Host: a.apiServer, BearerTokenFile: a.apiTokenPath, TLSClientConfig: rest.TLSClientConfig{CAFile: a.CaCert},
		ContentConfig: rest.ContentConfig{ContentType: runtime.ContentTypeProtobuf},
	})
	if err != nil {
		return fmt.Errorf("the client of the API server: %w", err)
	}
	one := fields.OneTermEqualSelector("metadata.name", a.announcementName)
	_, informer := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: cache.NewListWatchFromClient(kube.CoordinationV1().RESTClient(), "leases", a.announcementNamespace, one),
		ObjectType:    &coordinationv1.Lease{},
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc: found.announced, UpdateFunc: func(_, now any) { found.announced(now) },
		},
	})
	go informer.Run(stop)
	return nil
}

// handler of the probes, as upstream's: ready means connected to a server.
func handler(set *agent.ClientSet) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.Handler())
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") })
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !set.Ready() {
			http.Error(w, "no server is connected", http.StatusServiceUnavailable)
		}
	})
	return mux
}
