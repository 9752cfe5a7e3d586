package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	goruntime "runtime"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"lotse.dev/agentpool"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/arm/cached"
	"lotse.dev/arm/oidcissuer"
	"lotse.dev/arm/registry"
	"lotse.dev/audit"
	"lotse.dev/autoupgrade"
	"lotse.dev/autoupgrade/brake"
	"lotse.dev/cluster"
	"lotse.dev/cluster/store"
	hostedcommand "lotse.dev/command/hosted"
	"lotse.dev/controlplane/access"
	"lotse.dev/images"
	"lotse.dev/machine"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/csr"
	"lotse.dev/machine/hosted"
	"lotse.dev/machine/pod"
	"lotse.dev/machine/pulltoken"
	"lotse.dev/powerschedule"
	hostedpreflight "lotse.dev/preflight/hosted"
	"lotse.dev/reconcile"
	"lotse.dev/resourcegroup"
	"lotse.dev/scaleset"
	"lotse.dev/subscription"
	"lotse.dev/telemetry"
	"lotse.dev/watched"
)

// serving is what "lotse up" passes to the Lotse that it installs.
type serving struct {
	listen, tlsDir, signingKey       string
	hosts                            []string
	publicHost, publicURL, location  string
	registryName, registryEndpoint   string
	registryCAFile                   string
	registryWriteEndpoint, clientDir string
	pullTokenKey                     string
	metricsListen, auditDir          string
	leaderElect, overcommit          bool
	maxConcurrentProvisions          int
	maxAutoUpgradePercent            int
	logLevel                         string
	isolation                        pod.Isolation
}

// newServeCommand is hidden: it runs in Lotse's Pod.
func newServeCommand() *cobra.Command {
	s := serving{}
	c := &cobra.Command{
		Use: "serve", Short: "Run the front door and the controllers (in Lotse's Pod)", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context()) },
	}
	f := c.Flags()
	f.StringVar(&s.listen, "listen", ":8443", "address of the front door")
	f.StringSliceVar(&s.hosts, "hosts", nil, "names and addresses of the front door, besides localhost; requests for other hosts are refused")
	f.StringVar(&s.tlsDir, "tls-dir", "/etc/lotse/tls", "directory with the front door's tls.crt and tls.key")
	f.StringVar(&s.signingKey, "signing-key", "/etc/lotse/signing/key.pem", "RSA key that signs tokens")
	f.StringVar(&s.publicHost, "public-host", "", "address under which customers reach hosted API servers")
	f.StringVar(&s.publicURL, "public-url", "", "URL of the front door for those outside, such as https://lotse.example.org:8443; OIDC issuers of clusters are below it")
	f.StringVar(&s.location, "location", "local", "the one location of this Lotse")
	f.StringVar(&s.registryName, "registry-name", images.Registry, "host part of image references")
	f.StringVar(&s.registryEndpoint, "registry-endpoint", "", "where nodes pull images")
	f.StringVar(&s.registryCAFile, "registry-ca-file", "/etc/lotse/registry/ca.crt", "authority of the registry")
	f.StringVar(&s.registryWriteEndpoint, "registry-write-endpoint", "", "where the front door writes images")
	f.StringVar(&s.clientDir, "registry-client-dir", "/etc/lotse/registry", "directory with the client certificate for writing images")
	f.StringVar(&s.pullTokenKey, "pull-token-key", "", "Ed25519 key that signs machines' tokens for the registry; empty for none")
	f.StringVar(&s.auditDir, "audit-dir", "", "directory of the audit log; standard output if empty")
	f.StringVar(&s.metricsListen, "metrics-listen", ":9090", "address of the metrics")
	f.StringVar(&s.logLevel, "log-level", "info", "least level of lines to log: "+strings.Join(telemetry.Levels, ", "))
	f.StringVar(&s.isolation.RuntimeClass, "machine-runtime-class", "",
		"RuntimeClass that gives machines a user namespace; without it they share their host's")
	f.StringVar(&s.isolation.SeccompProfile, "machine-seccomp-profile", "", "profile of the hosts' kubelets that machines run under")
	f.BoolVar(&s.leaderElect, "leader-elect", false, "let one of several replicas run the controllers")
	f.BoolVar(&s.overcommit, "overcommit", false, "admit clusters and nodes beyond the capacity of the management cluster, because it grows by itself")
	f.IntVar(&s.maxConcurrentProvisions, "max-concurrent-provisions", max(1, goruntime.NumCPU()/2),
		"how many clusters are provisioned at the same time, at least 1; others wait in a queue (default: 1 for each 2 processors)")
	f.IntVar(&s.maxAutoUpgradePercent, "max-auto-upgrade-percent", 10,
		"how many of the clusters, in percent, are upgraded by their channels at the same time; one at least")
	return c
}

func (s serving) run(ctx context.Context) error {
	if s.maxConcurrentProvisions < 1 {
		return usage(fmt.Errorf("--max-concurrent-provisions is %d: no cluster would ever be provisioned; give at least 1", s.maxConcurrentProvisions))
	}
	if s.maxAutoUpgradePercent < 0 || s.maxAutoUpgradePercent > 100 {
		return usage(fmt.Errorf("--max-auto-upgrade-percent is %d; give a number from 0 to 100", s.maxAutoUpgradePercent))
	}
	level, err := telemetry.ParseLevel(s.logLevel)
	if err != nil {
		return usage(err)
	}
	log := telemetry.Log(os.Stderr, level)
	flush, err := telemetry.Trace(ctx, ownVersion())
	if err != nil {
		return err
	}
	defer flush()
	held := watched.NewHeld(watched.MaxBytes)
	mgr, err := s.manager(held)
	if err != nil {
		return err
	}
	for _, index := range []func(context.Context, client.FieldIndexer) error{oidcissuer.Index, cached.Index} {
		if err := index(ctx, mgr.GetFieldIndexer()); err != nil {
			return err
		}
	}
	clients := access.NewClients(held.Client(mgr.GetClient(), mgr.GetAPIReader()))
	door, err := s.frontDoor(mgr, held, clients, log)
	if err != nil {
		return err
	}
	if err := mgr.Add(door); err != nil {
		return err
	}
	if err := s.control(mgr, held, clients, door); err != nil {
		return err
	}
	if err := s.observe(mgr, log); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func (s serving) manager(held *watched.Held) (ctrl.Manager, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("no management cluster to work on: %w", err)
	}
	config.QPS, config.Burst = 200, 400 // one client serves all clusters; the API server's own fairness protects it
	config.DisableCompression = true    // the API server is in the same network, and compressing large lists is most of what they cost it
	scheme := runtime.NewScheme()
	if err := clientscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	lease, err := leadership(config)
	if err != nil {
		return nil, err
	}
	return ctrl.NewManager(config, ctrl.Options{
		Scheme:    scheme,
		NewClient: reconcile.NewClient,
		Cache:     cache.Options{DefaultTransform: held.Keep},
		Metrics:   metricsserver.Options{BindAddress: s.metricsListen, SecureServing: true, CertDir: s.tlsDir, FilterProvider: telemetry.Guard},

		LeaderElection:                      s.leaderElect,
		LeaderElectionResourceLockInterface: lease,
		LeaderElectionReleaseOnCancel:       true,
		LeaseDuration:                       new(leaseDuration),
		RenewDeadline:                       new(renewDeadline),
		RetryPeriod:                         new(renewPeriod),
		GracefulShutdownTimeout:             new(shutdownTimeout),
	})
}

func (s serving) frontDoor(mgr ctrl.Manager, held *watched.Held, clients *access.Clients, log *slog.Logger) (*arm.Server, error) {
	key, err := os.ReadFile(s.signingKey)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	set, err := kubernetes.NewForConfig(mgr.GetConfig())
	if err != nil {
		return nil, err
	}
	unlimited := rest.CopyConfig(mgr.GetConfig())
	unlimited.QPS = -1 // the front door has limits of its own, for each caller
	direct, err := client.New(unlimited, client.Options{Scheme: mgr.GetScheme()})
	if err != nil {
		return nil, err
	}
	records := audit.To(os.Stdout)
	if s.auditDir != "" {
		if records, err = audit.Open(s.auditDir); err != nil {
			return nil, err
		}
	}
	options := arm.Options{
		Audit:  records,
		Client: telemetry.Stamped(direct), Cache: held.Reader(mgr.GetCache(), mgr.GetAPIReader()), Replicated: true, PublicURL: s.publicURL, Location: s.location, SigningKey: key,
		Listen: s.listen, TLSDir: s.tlsDir, Log: log,
		Hosts:            s.hosts,
		Commands:         &hostedcommand.Commands{Client: direct, Hosted: clients},
		Preflight:        &hostedpreflight.Reader{Hosted: clients, Config: clients.Config},
		RegistryEndpoint: s.registryWriteEndpoint,
		Logs: func(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
			return set.CoreV1().Pods(namespace).GetLogs(pod, o).Stream(ctx)
		},
	}
	if !s.overcommit {
		options.Observed = mgr.GetClient()
	}
	if s.registryWriteEndpoint != "" {
		if options.RegistryTransport, err = registry.Transport(s.clientDir); err != nil {
			return nil, err
		}
	}
	return arm.New(options)
}

// observe adds the metrics of clusters and operations. Those of requests and reconciles are counted where they happen.
func (s serving) observe(mgr ctrl.Manager, log *slog.Logger) error {
	for _, r := range []manager.Runnable{
		&telemetry.State{Objects: mgr.GetClient(), Clock: clock.RealClock{}},
		telemetry.Certificates{"front-door": filepath.Join(s.tlsDir, "tls.crt"), "registry-client": filepath.Join(s.clientDir, "tls.crt")},
		&telemetry.Operations{Cache: mgr.GetCache(), Clock: clock.RealClock{}, Log: log},
	} {
		if err := mgr.Add(r); err != nil {
			return err
		}
	}
	return nil
}

// control is the flat list of everything that reconciles. Schedules and channels ask the front door, as people do.
func (s serving) control(mgr ctrl.Manager, held *watched.Held, clients *access.Clients, door *arm.Server) error {
	ca, err := os.ReadFile(s.registryCAFile)
	if err != nil {
		return fmt.Errorf("registry authority: %w", err)
	}
	imageRegistry := boot.Registry{Name: s.registryName, Endpoint: s.registryEndpoint, CA: string(ca)}
	tokens, err := s.pullTokens()
	if err != nil {
		return err
	}
	cleanup, err := s.cleanup()
	if err != nil {
		return err
	}
	c, now, recorder := telemetry.Stamped(held.Client(mgr.GetClient(), mgr.GetAPIReader())), clock.RealClock{}, mgr.GetEventRecorder("lotse")
	watches := hosted.NewWatches()
	for _, r := range []interface{ SetupWithManager(ctrl.Manager) error }{
		&subscription.Reconciler{Client: c, Clock: now, Images: cleanup},
		&subscription.RoleReconciler{Client: c, Live: mgr.GetAPIReader()},
		&resourcegroup.Reconciler{Client: c, Clock: now},
		&cluster.Reconciler{
			Client: c, Clock: now, Real: now, Access: clients, PublicHost: s.publicHost, MaxConcurrent: s.maxConcurrentProvisions,
			Images: cleanup,
		},
		&store.Reconciler{Client: c},
		&powerschedule.Reconciler{Client: c, Clock: now, Switch: door},
		&autoupgrade.Reconciler{Client: c, Live: mgr.GetAPIReader(), Clock: now, Recorder: recorder, Upgrades: door, MaxPercent: s.maxAutoUpgradePercent},
		&brake.Reconciler{Client: c, Clock: now, Recorder: recorder},
		&agentpool.Reconciler{Client: c, Clock: now},
		&scaleset.Reconciler{Client: c, Live: mgr.GetAPIReader(), Clock: now},
		&hosted.Reconciler{Client: c, Config: access.Config, Watches: watches},
		&csr.Reconciler{Client: c, Clock: now, Recorder: recorder, Hosted: clients, Pending: watches, Requests: watches.RequestEvents()},
		&machine.Reconciler{
			Client: c, Clock: now, Real: now, Recorder: recorder, Provider: pod.New(c, s.isolation), Hosted: clients, Config: access.Config,
			Authority: access.Authority,
			Nodes:     watches, NodeEvents: watches.NodeEvents(), Registry: imageRegistry, PullTokens: tokens,
		},
	} {
		if err := r.SetupWithManager(mgr); err != nil {
			return err
		}
	}
	return nil
}

// pullTokens is nil without a key: machines then pull the service's own images only.
func (s serving) pullTokens() (*pulltoken.Minter, error) {
	if s.pullTokenKey == "" {
		return nil, nil
	}
	key, err := os.ReadFile(s.pullTokenKey)
	if err != nil {
		return nil, fmt.Errorf("key of pull tokens: %w", err)
	}
	return pulltoken.NewMinter(key)
}

// cleanup of the registry. Without a registry there is nothing to clean up.
func (s serving) cleanup() (*registry.Cleanup, error) {
	if s.registryWriteEndpoint == "" {
		return nil, nil
	}
	transport, err := registry.Transport(s.clientDir)
	if err != nil {
		return nil, err
	}
	return registry.NewCleanup(s.registryWriteEndpoint, transport)
}
