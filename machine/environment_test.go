package machine_test

import (
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/golang-jwt/jwt/v5"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"lotse.dev/agentpool"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/controlplane/access"
	"lotse.dev/machine"
	"lotse.dev/machine/bootstrap"
	"lotse.dev/machine/csr"
	"lotse.dev/machine/hosted"
	"lotse.dev/machine/pod"
	"lotse.dev/machine/pulltoken"
	"lotse.dev/pki"
	"lotse.dev/reconcile"
	"lotse.dev/scaleset"
)

// The types that the service is built with implement the interfaces.
var (
	_ machine.Hosted = (*access.Clients)(nil)
	_ csr.Hosted     = (*access.Clients)(nil)
	_ hosted.Config  = access.Config
	_                = machine.Reconciler{Authority: access.Authority}
)

const subscription = "11111111-2222-3333-4444-555555555555"

// environment is one API server with the controllers under test and a simulation of hosts and machines.
type environment struct {
	client.Client
	t       *testing.T
	config  *rest.Config
	cluster *v1alpha1.ManagedCluster
	// authority signs machines' first certificates; nil for none.
	authority *pki.Authority
	// clock of the controllers.
	clock clock.PassiveClock
	// lives is how the controllers run; steadily if it is nil.
	lives func(run func() (stop func()))
}

type option func(*environment)

// withCertificates gives machines their first certificates.
func withCertificates(e *environment) {
	authority, err := pki.NewAuthority(pkix.Name{CommonName: "cluster-ca"}, pki.Year, time.Now())
	e.must(err)
	e.authority = &authority
}

// For implements machine.Hosted: the hosted cluster is the same API server.
func (e *environment) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return access.Hosted(e.Client), nil
}

func newEnvironment(t *testing.T, options ...option) *environment {
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(t.Output(), nil)))
	server := apitest.Start(t)
	scheme := runtime.NewScheme()
	e := &environment{t: t, config: server, clock: clock.RealClock{}}
	for _, o := range options {
		o(e)
	}
	e.must(clientscheme.AddToScheme(scheme))
	e.must(v1alpha1.AddToScheme(scheme))
	c, err := client.New(server, client.Options{Scheme: scheme})
	e.must(err)
	e.Client = c
	e.createPrerequisites()
	e.live(func() (stop func()) { return e.startControllers(scheme) })
	go e.simulate(t.Context())
	return e
}

// live runs the controllers until the test ends.
func (e *environment) live(run func() (stop func())) {
	if e.lives == nil {
		e.t.Cleanup(run())
		return
	}
	ended := make(chan struct{})
	go func() { defer close(ended); e.lives(run) }()
	e.t.Cleanup(func() { <-ended })
}

// createPrerequisites creates what other controllers would have created.
func (e *environment) createPrerequisites() {
	e.cluster = &v1alpha1.ManagedCluster{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: v1alpha1.ObjectName(v1alpha1.ManagedClusterID(subscription, "group", "cluster")),
		},
		Spec: v1alpha1.ManagedClusterSpec{
			SubscriptionID: subscription, ResourceGroup: "group", Name: "cluster", Location: "local", NodeResourceGroup: "MC_group_cluster_local",
			KubernetesVersion: "1.37.2", Release: "v1",
			Network: v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"},
		},
	}
	for _, o := range []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.cluster.Namespace}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.machinesNamespace(), Labels: map[string]string{
			v1alpha1.LabelCluster: e.cluster.Name, v1alpha1.LabelSubscription: e.cluster.Spec.SubscriptionID,
		}}},
		&v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "v1"}, Spec: v1alpha1.ReleaseSpec{
			KubernetesVersion: "1.37.2", NodeImageVersion: "LotseDebian-12-202611.23.0", Images: map[string]string{"node": "node:1", "pause": "pause:1"},
		}},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "lotse:bootstrappers"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:node-bootstrapper"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: bootstrap.Group}},
		},
		e.cluster,
	} {
		e.must(e.Create(e.t.Context(), o))
	}
	e.cluster.Status.Endpoint = v1alpha1.Endpoint{InternalHost: "127.0.0.1", InternalPort: 6443}
	e.must(e.Status().Update(e.t.Context(), e.cluster))
}

// startControllers until they are stopped.
func (e *environment) startControllers(scheme *runtime.Scheme) (stop func()) {
	mgr, err := ctrl.NewManager(e.config, ctrl.Options{
		Scheme: scheme, NewClient: reconcile.NewClient, Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: config.Controller{SkipNameValidation: new(true)}, // each test has controllers of its own
	})
	e.must(err)
	watches := hosted.NewWatches()
	access := func(context.Context, client.Reader, *v1alpha1.ManagedCluster) (*rest.Config, error) {
		return e.config, nil
	}
	c, clock, real, recorder := mgr.GetClient(), e.clock, clock.RealClock{}, mgr.GetEventRecorder("lotse")
	for _, r := range []interface{ SetupWithManager(ctrl.Manager) error }{
		&agentpool.Reconciler{Client: c, Clock: clock},
		&scaleset.Reconciler{Client: c, Live: mgr.GetAPIReader(), Clock: clock},
		&hosted.Reconciler{Client: c, Config: access, Watches: watches},
		&csr.Reconciler{Client: c, Clock: clock, Recorder: recorder, Hosted: e, Pending: watches, Requests: watches.RequestEvents()},
		&machine.Reconciler{
			Client: c, Clock: clock, Real: real, Recorder: recorder, Provider: pod.New(c, pod.Isolation{}), Hosted: e, Config: access,
			Authority: e.signer(),
			Nodes:     watches, NodeEvents: watches.NodeEvents(), PullTokens: e.minter(),
		},
	} {
		e.must(r.SetupWithManager(mgr))
	}
	done := make(chan error)
	ctx, cancel := context.WithCancel(e.t.Context())
	go func() { done <- mgr.Start(ctx) }()
	return func() {
		cancel()
		if err := <-done; err != nil {
			e.t.Error(err)
		}
	}
}

func (e *environment) signer() func(context.Context, client.Reader, *v1alpha1.ManagedCluster) (pki.Authority, error) {
	if e.authority == nil {
		return nil
	}
	return func(context.Context, client.Reader, *v1alpha1.ManagedCluster) (pki.Authority, error) {
		return *e.authority, nil
	}
}

// minter of tokens for the registry.
func (e *environment) minter() *pulltoken.Minter {
	_, key, err := ed25519.GenerateKey(nil)
	e.must(err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	e.must(err)
	m, err := pulltoken.NewMinter(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	e.must(err)
	return m
}

// pullToken of a machine: how long it is valid, and for whose images.
func (e *environment) pullToken(name string) (left time.Duration, subscription, cluster string) {
	e.t.Helper()
	secret := &corev1.Secret{}
	e.must(e.Get(e.t.Context(), client.ObjectKey{Namespace: e.machinesNamespace(), Name: name}, secret))
	file, err := bootstrap.ReadFile(secret)
	e.must(err)
	claims := jwt.MapClaims{}
	_, _, err = jwt.NewParser().ParseUnverified(file.Pull.Text, claims)
	e.must(err)
	return time.Until(file.Pull.Until), claims["subscription"].(string), claims["cluster"].(string)
}

func (e *environment) machinesNamespace() string { return v1alpha1.NodesNamespace(e.cluster.Name) }

func (e *environment) nodes() []corev1.Node {
	list := &corev1.NodeList{}
	e.must(e.List(e.t.Context(), list))
	slices.SortFunc(list.Items, func(a, b corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	return list.Items
}

func (e *environment) tokens() []corev1.Secret {
	list := &corev1.SecretList{}
	e.must(e.List(e.t.Context(), list, client.InNamespace("kube-system"), client.MatchingFields{"type": string(corev1.SecretTypeBootstrapToken)}))
	return list.Items
}

// pod of a machine; an empty one when it has none.
func (e *environment) pod(name string) *corev1.Pod {
	p := &corev1.Pod{}
	e.must(client.IgnoreNotFound(e.Get(e.t.Context(), client.ObjectKey{Namespace: e.machinesNamespace(), Name: name}, p)))
	return p
}

func (e *environment) disk(name string) *corev1.PersistentVolumeClaim {
	d := &corev1.PersistentVolumeClaim{}
	e.must(e.Get(e.t.Context(), client.ObjectKey{Namespace: e.machinesNamespace(), Name: name}, d))
	return d
}

// report describes pools and machines, for the message of a wait that timed out.
func (e *environment) report() string {
	pools, machines := &v1alpha1.AgentPoolList{}, &v1alpha1.MachineList{}
	_, _ = e.List(e.t.Context(), pools), e.List(e.t.Context(), machines)
	s := &strings.Builder{}
	for _, p := range pools.Items {
		fmt.Fprintf(s, "pool %s: %+v\n", p.Spec.Name, p.Status.Operations)
	}
	for _, m := range machines.Items {
		fmt.Fprintf(s, "machine %s, deleted %v:\n", m.Spec.Hostname, m.DeletionTimestamp)
		for _, c := range m.Status.Conditions {
			fmt.Fprintf(s, "  %s %s %s %s\n", c.Type, c.Status, c.Reason, c.Message)
		}
	}
	return s.String()
}

func (e *environment) must(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}
