package machine_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
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
	"lotse.dev/scaleset"
)

// What the service is wired with fits.
var (
	_ machine.Hosted = (*access.Clients)(nil)
	_ csr.Hosted     = (*access.Clients)(nil)
	_ hosted.Config  = access.Config
)

const subscription = "11111111-2222-3333-4444-555555555555"

// world is one API server with the controllers under test and somebody who plays hosts and machines.
type world struct {
	client.Client
	t       *testing.T
	config  *rest.Config
	cluster *v1alpha1.ManagedCluster
}

// For implements machine.Hosted: the hosted cluster is the same API server.
func (w *world) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return w.Client, nil
}

func newWorld(t *testing.T) *world {
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(t.Output(), nil)))
	config := apitest.Start(t)
	scheme := runtime.NewScheme()
	w := &world{t: t, config: config}
	w.must(clientscheme.AddToScheme(scheme))
	w.must(v1alpha1.AddToScheme(scheme))
	c, err := client.New(config, client.Options{Scheme: scheme})
	w.must(err)
	w.Client = c
	w.furnish()
	w.startControllers(scheme)
	go w.play(t.Context())
	return w
}

// furnish makes what other controllers would have made.
func (w *world) furnish() {
	w.cluster = &v1alpha1.ManagedCluster{
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
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.cluster.Namespace}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.machinesNamespace()}},
		&v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "v1"}, Spec: v1alpha1.ReleaseSpec{
			KubernetesVersion: "1.37.2", NodeImageVersion: "LotseDebian-12-202611.23.0", Images: map[string]string{"node": "node:1", "pause": "pause:1"},
		}},
		&rbacv1.ClusterRoleBinding{
			ObjectMeta: metav1.ObjectMeta{Name: "lotse:bootstrappers"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:node-bootstrapper"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: bootstrap.Group}},
		},
		w.cluster,
	} {
		w.must(w.Create(w.t.Context(), o))
	}
	w.cluster.Status.Endpoint = v1alpha1.Endpoint{InternalHost: "127.0.0.1", InternalPort: 6443}
	w.must(w.Status().Update(w.t.Context(), w.cluster))
}

func (w *world) startControllers(scheme *runtime.Scheme) {
	mgr, err := ctrl.NewManager(w.config, ctrl.Options{Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"}})
	w.must(err)
	watches := hosted.NewWatches()
	access := func(context.Context, client.Reader, *v1alpha1.ManagedCluster) (*rest.Config, error) {
		return w.config, nil
	}
	c, clock, recorder := mgr.GetClient(), clock.RealClock{}, mgr.GetEventRecorder("lotse")
	for _, r := range []interface{ SetupWithManager(ctrl.Manager) error }{
		&agentpool.Reconciler{Client: c, Clock: clock},
		&scaleset.Reconciler{Client: c, Live: mgr.GetAPIReader(), Clock: clock},
		&hosted.Reconciler{Client: c, Config: access, Watches: watches},
		&csr.Reconciler{Client: c, Clock: clock, Recorder: recorder, Hosted: w, Requests: watches.RequestEvents()},
		&machine.Reconciler{
			Client: c, Clock: clock, Recorder: recorder, Provider: pod.New(c), Hosted: w, Config: access,
			Nodes: watches, NodeEvents: watches.NodeEvents(),
		},
	} {
		w.must(r.SetupWithManager(mgr))
	}
	done := make(chan error)
	ctx, stop := context.WithCancel(w.t.Context())
	go func() { done <- mgr.Start(ctx) }()
	w.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.t.Error(err)
		}
	})
}

func (w *world) machinesNamespace() string { return v1alpha1.NodesNamespace(w.cluster.Name) }

func (w *world) nodes() []corev1.Node {
	list := &corev1.NodeList{}
	w.must(w.List(w.t.Context(), list))
	slices.SortFunc(list.Items, func(a, b corev1.Node) int { return strings.Compare(a.Name, b.Name) })
	return list.Items
}

func (w *world) tokens() []corev1.Secret {
	list := &corev1.SecretList{}
	w.must(w.List(w.t.Context(), list, client.InNamespace("kube-system"), client.MatchingFields{"type": string(corev1.SecretTypeBootstrapToken)}))
	return list.Items
}

// pod of a machine; an empty one when it has none.
func (w *world) pod(name string) *corev1.Pod {
	p := &corev1.Pod{}
	w.must(client.IgnoreNotFound(w.Get(w.t.Context(), client.ObjectKey{Namespace: w.machinesNamespace(), Name: name}, p)))
	return p
}

func (w *world) disk(name string) *corev1.PersistentVolumeClaim {
	d := &corev1.PersistentVolumeClaim{}
	w.must(w.Get(w.t.Context(), client.ObjectKey{Namespace: w.machinesNamespace(), Name: name}, d))
	return d
}

// report is what somebody needs who has to find out why a wait was in vain.
func (w *world) report() string {
	pools, machines := &v1alpha1.AgentPoolList{}, &v1alpha1.MachineList{}
	_, _ = w.List(w.t.Context(), pools), w.List(w.t.Context(), machines)
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

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}
