package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/apiserver-network-proxy/cmd/server/app"
	"sigs.k8s.io/apiserver-network-proxy/cmd/server/app/options"
)

// server is upstream's, and how it takes over from an older one.
type server struct {
	*options.ProxyRunOptions
	// announcedAddress is where agents reach this server itself, and no other one.
	announcedAddress string
	// announcementNamespace and announcementName are the Lease that agents watch.
	announcementNamespace, announcementName string
	// apiServer is the address of the API server in the same Pod.
	apiServer string
	startPort int
}

func (s *server) flags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("takeover", pflag.ContinueOnError)
	flags.StringVar(&s.announcedAddress, "announced-address", "", "The host:port at which agents reach this server itself. If empty, it is not announced to them.")
	flags.StringVar(&s.announcementNamespace, "announcement-namespace", "kube-system", "The namespace of the Lease in which this server announces itself.")
	flags.StringVar(&s.announcementName, "announcement-name", "konnectivity-server", "The name of the Lease in which this server announces itself.")
	flags.StringVar(&s.apiServer, "api-server", "", "The host:port of the API server that uses this server, which ends after it. If empty, it ends when it is told to.")
	flags.IntVar(&s.startPort, "start-port", 0, "The port that answers 200 as soon as the API server may get requests. 0 for none.")
	return flags
}

func (s *server) run() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := farewell{apiServer: s.apiServer, tunnels: openTunnels}.stop()
	if s.announcedAddress != "" {
		s.ServerID = serverID(s.announcedAddress, s.ServerID)
		if err := s.takeOver(ctx); err != nil {
			return err
		}
	}
	return (&app.Proxy{}).Run(s.ProxyRunOptions, stop)
}

// takeOver announces this server and holds its Pod back. Both ask the cluster's address, at which an older API server serves as long as
// there is one; the API server in this Pod starts at the same time.
func (s *server) takeOver(ctx context.Context) error {
	config, err := clientcmd.BuildConfigFromFlags("", s.KubeconfigPath)
	if err != nil {
		return fmt.Errorf("the kubeconfig: %w", err)
	}
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	go announcement{kube: kube, namespace: s.announcementNamespace, name: s.announcementName, id: s.ServerID}.publish(ctx)
	if s.startPort == 0 {
		return nil
	}
	g, err := s.newGate(config)
	if err != nil {
		return err
	}
	go g.watch(ctx)
	go func() {
		one := http.Server{Addr: net.JoinHostPort("", strconv.Itoa(s.startPort)), Handler: g, ReadHeaderTimeout: 10 * time.Second}
		klog.ErrorS(one.ListenAndServe(), "the startup probe cannot be answered", "port", s.startPort)
	}()
	return nil
}

func (s *server) newGate(config *rest.Config) (*gate, error) {
	credentials, err := rest.TLSConfigFor(config)
	if err != nil {
		return nil, err
	}
	once := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: credentials}}
	g := &gate{
		connected: answers(once, "http://"+net.JoinHostPort("127.0.0.1", strconv.Itoa(s.HealthPort))+"/readyz"),
		preceded:  answers(once, config.Host+"/livez"),
	}
	// An API server that listens here already is in use: only this container was restarted.
	g.open.Store(listens(s.apiServer))
	return g, nil
}
