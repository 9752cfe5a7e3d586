package agentpool_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	controllerconfig "sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"lotse.dev/agentpool"
	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/reconcile"
	"lotse.dev/scaleset"
)

const (
	subscription = "6f1c0000-0000-0000-0000-000000000001"
	namespace    = "sub-" + subscription
)

// world is a pool with the controllers of pools and scale sets against a real API server. Its machines are simulated.
type world struct {
	*testing.T
	client.Client
	pool *v1alpha1.AgentPool
}

// TestOperationsOfAPoolWhoseLotseIsKilled: each ends as if nothing had been, although the process of either controller dies again and again before or after one of
// its writes.
func TestOperationsOfAPoolWhoseLotseIsKilled(t *testing.T) {
	w := newWorld(t)
	w.until("its creation has succeeded", w.has(2, "1"))
	w.write(v1alpha1.Scaling, func(p *v1alpha1.AgentPoolSpec) { p.Count = 4 })
	w.until("it has grown", w.has(4, "1"))
	w.write(v1alpha1.UpgradingNodeImageVersion, func(p *v1alpha1.AgentPoolSpec) { p.Release = "r2" })
	w.until("all machines have the newer image, and no surge machine is left", w.has(4, "2"))
	w.write(v1alpha1.Upgrading, func(p *v1alpha1.AgentPoolSpec) { p.Release, p.OrchestratorVersion = "r3", "1.38.0" })
	w.until("all machines have the newer version", w.has(4, "3"))
	w.write(v1alpha1.Scaling, func(p *v1alpha1.AgentPoolSpec) { p.Count = 1 })
	w.until("it has shrunk", w.has(1, "3"))
	w.write(v1alpha1.Stopping, func(p *v1alpha1.AgentPoolSpec) { p.PowerState = v1alpha1.Stopped })
	w.until("it is stopped", func(machines []v1alpha1.Machine) bool { return len(machines) == 1 && machines[0].Stopped() })
	w.write(v1alpha1.Starting, func(p *v1alpha1.AgentPoolSpec) { p.PowerState = "" })
	w.until("it runs again", w.has(1, "3"))
}

// write the pool, as the front door does.
func (w *world) write(verb string, change func(*v1alpha1.AgentPoolSpec)) {
	w.Helper()
	before := w.pool.DeepCopy()
	change(&w.pool.Spec.AgentPoolSpec)
	v1alpha1.SetVerb(w.pool, verb)
	if err := w.Patch(w.Context(), w.pool, client.MergeFrom(before)); err != nil {
		w.Fatal(err)
	}
}

// has reports whether so many machines are there, all of one image, all Ready, and none of a surge.
func (w *world) has(count int, image string) func([]v1alpha1.Machine) bool {
	return func(machines []v1alpha1.Machine) bool {
		return len(machines) == count && !slices.ContainsFunc(machines, func(m v1alpha1.Machine) bool {
			return m.Spec.Surge || m.DeletionTimestamp != nil || m.Spec.Model.Image != "node:"+image || m.Spec.Drain != nil ||
				!apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady)
		})
	}
}

// until the pool's operation has succeeded; then its machines are to be as wanted.
func (w *world) until(what string, wanted func([]v1alpha1.Machine) bool) {
	w.Helper()
	var machines []v1alpha1.Machine
	op := v1alpha1.Operation{}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		machines = w.simulate()
		if err := w.Get(w.Context(), client.ObjectKeyFromObject(w.pool), w.pool); err != nil {
			w.Fatal(err)
		}
		switch op = v1alpha1.CurrentOperation(w.pool); {
		case op.State == v1alpha1.Succeeded && wanted(machines):
			return
		case op.State == v1alpha1.Failed || op.State == v1alpha1.Canceled:
			w.Fatalf("%s: the operation is %s: %+v", what, op.State, op.Error)
		}
	}
	for _, m := range machines {
		w.Logf("%s: %+v, %+v", m.Spec.Hostname, m.Spec, m.Status.Conditions)
	}
	w.Fatalf("in vain: %s; the operation is %+v", what, op)
}

// simulate what the controller of machines does: a machine runs and is Ready, or is stopped or drained, as soon as that is asked for.
func (w *world) simulate() []v1alpha1.Machine {
	w.Helper()
	all := &v1alpha1.MachineList{}
	if err := w.List(w.Context(), all, client.InNamespace(namespace)); err != nil {
		w.Fatal(err)
	}
	for i := range all.Items {
		m := &all.Items[i]
		if m.DeletionTimestamp != nil {
			m.Finalizers = nil
			_ = w.Update(w.Context(), m) // or the next time
			continue
		}
		before := m.DeepCopy()
		set := func(condition string, is bool, reason string) {
			status := metav1.ConditionFalse
			if is {
				status = metav1.ConditionTrue
			}
			apimeta.SetStatusCondition(&m.Status.Conditions, metav1.Condition{Type: condition, Status: status, Reason: reason, ObservedGeneration: m.Generation})
		}
		m.Status.ObservedGeneration = m.Generation
		reason := "Simulated"
		if !m.ToRun() {
			reason = v1alpha1.ReasonStopped
		}
		for _, condition := range []string{v1alpha1.MachineRunning, v1alpha1.MachineRegistered, v1alpha1.MachineReady} {
			set(condition, m.ToRun(), reason)
		}
		set(v1alpha1.MachineDrained, m.Spec.Drain != nil || !m.ToRun(), "Simulated")
		if err := w.Status().Patch(w.Context(), m, client.MergeFrom(before)); client.IgnoreNotFound(err) != nil {
			w.Fatal(err)
		}
	}
	return all.Items
}

func newWorld(t *testing.T) *world {
	t.Helper()
	ctrl.SetLogger(logr.Discard()) // kills are errors to the controllers
	config, scheme := apitest.Start(t), runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme, NewClient: reconcile.NewClient, Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: controllerconfig.Controller{SkipNameValidation: ptr.To(true)},
	})
	if err != nil {
		t.Fatal(err)
	}
	pools := &agentpool.Reconciler{Client: apitest.Client[*v1alpha1.AgentPool](apitest.NewKiller(t), mgr.GetClient(), 4), Clock: clock.RealClock{}}
	sets := &scaleset.Reconciler{
		Client: apitest.Client[*v1alpha1.ScaleSet](apitest.NewKiller(t), mgr.GetClient(), 4), Live: mgr.GetAPIReader(), Clock: clock.RealClock{},
	}
	for _, setUp := range []func(ctrl.Manager) error{pools.SetupWithManager, sets.SetupWithManager} {
		if err := setUp(mgr); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := mgr.Start(ctx); err != nil {
			t.Errorf("the manager ended: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	w := &world{T: t, Client: direct}
	w.populate()
	return w
}

// populate the management cluster with a cluster that runs, releases, and a pool.
func (w *world) populate() {
	w.Helper()
	group, name := "group", "cluster"
	c := &v1alpha1.ManagedCluster{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.ObjectName(v1alpha1.ManagedClusterID(subscription, group, name))},
		Spec: v1alpha1.ManagedClusterSpec{
			SubscriptionID: subscription, ResourceGroup: group, Name: name, Location: "local", NodeResourceGroup: "MC_group_cluster_local",
			KubernetesVersion: "1.38.0", Release: "r3", DNSPrefix: "c",
			Network: v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"},
		},
	}
	w.pool = &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: v1alpha1.ObjectName(v1alpha1.AgentPoolID(subscription, group, name, "np1")), Labels: map[string]string{v1alpha1.LabelCluster: c.Name},
		},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: c.Name, Name: "np1", AgentPoolSpec: v1alpha1.AgentPoolSpec{
			Mode: v1alpha1.UserPool, Count: 2, VMSize: "Standard_B2s", MaxPods: 110, OrchestratorVersion: "1.37.2", Release: "r1",
		}},
	}
	objects := []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, c, w.pool}
	for i, version := range []string{"1.37.2", "1.37.2", "1.38.0"} {
		number := string(rune('1' + i))
		objects = append(objects, &v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "r" + number}, Spec: v1alpha1.ReleaseSpec{
			KubernetesVersion: version, NodeImageVersion: "LotseDebian-12-20261" + number + ".1.0", Images: map[string]string{v1alpha1.ImageNode: "node:" + number},
		}})
	}
	for _, o := range objects[:2] {
		w.create(o)
	}
	c.Status.CurrentKubernetesVersion = "1.38.0"
	if err := w.Status().Update(w.Context(), c); err != nil {
		w.Fatal(err)
	}
	for _, o := range append(objects[3:], objects[2]) {
		w.create(o)
	}
}

func (w *world) create(o client.Object) {
	w.Helper()
	if err := w.Create(w.Context(), o); err != nil {
		w.Fatal(err)
	}
}
