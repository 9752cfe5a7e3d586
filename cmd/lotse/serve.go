package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"lotse.dev/agentpool"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/arm/registry"
	"lotse.dev/audit"
	"lotse.dev/cluster"
	"lotse.dev/controlplane/access"
	"lotse.dev/machine"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/csr"
	"lotse.dev/machine/hosted"
	"lotse.dev/machine/pod"
	"lotse.dev/resourcegroup"
	"lotse.dev/scaleset"
	"lotse.dev/subscription"
)

// serving is what "lotse up" tells a Lotse that it installs.
type serving struct {
	listen, tlsDir, signingKey       string
	publicHost, location             string
	registryName, registryEndpoint   string
	registryCAFile                   string
	registryWriteEndpoint, clientDir string
	metricsListen, auditDir          string
	leaderElect, beyondRoom          bool
}

// newServeCommand is what runs in Lotse's Pod; people have no use for it.
func newServeCommand() *cobra.Command {
	s := serving{}
	c := &cobra.Command{
		Use: "serve", Short: "Run the front door and the controllers (in Lotse's Pod)", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVar(&s.listen, "listen", ":8443", "address of the front door")
	f.StringVar(&s.tlsDir, "tls-dir", "/etc/lotse/tls", "directory with the front door's tls.crt and tls.key")
	f.StringVar(&s.signingKey, "signing-key", "/etc/lotse/signing/key.pem", "RSA key that signs tokens")
	f.StringVar(&s.publicHost, "public-host", "", "address under which customers reach hosted API servers")
	f.StringVar(&s.location, "location", "local", "the one location of this Lotse")
	f.StringVar(&s.registryName, "registry-name", "registry.lotse.internal", "host part of image references")
	f.StringVar(&s.registryEndpoint, "registry-endpoint", "", "where nodes pull images")
	f.StringVar(&s.registryCAFile, "registry-ca-file", "/etc/lotse/registry/ca.crt", "authority of the registry")
	f.StringVar(&s.registryWriteEndpoint, "registry-write-endpoint", "", "where the front door writes images")
	f.StringVar(&s.clientDir, "registry-client-dir", "/etc/lotse/registry", "directory with the client certificate for writing images")
	f.StringVar(&s.auditDir, "audit-dir", "", "directory of the audit log; standard output if empty")
	f.StringVar(&s.metricsListen, "metrics-listen", ":9090", "address of the metrics")
	f.BoolVar(&s.leaderElect, "leader-elect", false, "let one of several replicas run the controllers")
	f.BoolVar(&s.beyondRoom, "beyond-room", false, "let in what the management cluster has no room for, because it grows by itself")
	return c
}

func (s serving) run(ctx context.Context) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	slog.SetDefault(log)
	ctrl.SetLogger(logr.FromSlogHandler(log.Handler()))
	mgr, err := s.manager()
	if err != nil {
		return err
	}
	door, err := s.frontDoor(mgr, log)
	if err != nil {
		return err
	}
	if err := mgr.Add(door); err != nil {
		return err
	}
	if err := s.control(mgr); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func (s serving) manager() (ctrl.Manager, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("no management cluster to work on: %w", err)
	}
	config.QPS, config.Burst = 200, 400 // one client serves all clusters; the API server's own fairness protects it
	scheme := runtime.NewScheme()
	if err := clientscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Metrics: metricsserver.Options{BindAddress: s.metricsListen, SecureServing: true, CertDir: s.tlsDir},

		LeaderElection:                s.leaderElect,
		LeaderElectionID:              "lotse",
		LeaderElectionNamespace:       v1alpha1.SystemNamespace,
		LeaderElectionReleaseOnCancel: true,
		GracefulShutdownTimeout:       new(20 * time.Second),
	})
}

func (s serving) frontDoor(mgr ctrl.Manager, log *slog.Logger) (*arm.Server, error) {
	key, err := os.ReadFile(s.signingKey)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	direct, err := client.New(mgr.GetConfig(), client.Options{Scheme: mgr.GetScheme()})
	if err != nil {
		return nil, err
	}
	book := audit.To(os.Stdout)
	if s.auditDir != "" {
		if book, err = audit.Open(s.auditDir); err != nil {
			return nil, err
		}
	}
	options := arm.Options{
		Audit:  book,
		Client: direct, Location: s.location, SigningKey: key, Listen: s.listen, TLSDir: s.tlsDir, Log: log,
		RegistryEndpoint: s.registryWriteEndpoint,
	}
	if !s.beyondRoom {
		options.Observed = mgr.GetClient()
	}
	if s.registryWriteEndpoint != "" {
		if options.RegistryTransport, err = registry.Transport(s.clientDir); err != nil {
			return nil, err
		}
	}
	return arm.New(options)
}

// control is the flat list of everything that reconciles.
func (s serving) control(mgr ctrl.Manager) error {
	ca, err := os.ReadFile(s.registryCAFile)
	if err != nil {
		return fmt.Errorf("registry authority: %w", err)
	}
	images := boot.Registry{Name: s.registryName, Endpoint: s.registryEndpoint, CA: string(ca)}
	c, now, tell := mgr.GetClient(), clock.RealClock{}, mgr.GetEventRecorder("lotse")
	clients, watches := access.NewClients(c), hosted.NewWatches()
	for _, r := range []interface{ SetupWithManager(ctrl.Manager) error }{
		&subscription.Reconciler{Client: c, Clock: now},
		&subscription.RoleReconciler{Client: c, Live: mgr.GetAPIReader()},
		&resourcegroup.Reconciler{Client: c, Clock: now},
		&cluster.Reconciler{Client: c, Clock: now, Real: now, Access: clients, PublicHost: s.publicHost},
		&agentpool.Reconciler{Client: c, Clock: now},
		&scaleset.Reconciler{Client: c, Live: mgr.GetAPIReader(), Clock: now},
		&hosted.Reconciler{Client: c, Config: access.Config, Watches: watches},
		&csr.Reconciler{Client: c, Clock: now, Recorder: tell, Hosted: clients, Requests: watches.RequestEvents()},
		&machine.Reconciler{
			Client: c, Clock: now, Recorder: tell, Provider: pod.New(c), Hosted: clients, Config: access.Config,
			Nodes: watches, NodeEvents: watches.NodeEvents(), Registry: images,
		},
	} {
		if err := r.SetupWithManager(mgr); err != nil {
			return err
		}
	}
	return nil
}
