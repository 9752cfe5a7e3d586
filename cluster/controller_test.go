package cluster

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"k8s.io/utils/ptr"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	controllerconfig "sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/provision"
	"lotse.dev/controlplane"
)

const (
	subscription = "6f1c0000-0000-0000-0000-000000000001"
	namespace    = "sub-" + subscription
)

// stage is a management cluster without kubelets and controllers of its own: the test does their work. It is also the hosted cluster.
type stage struct {
	t *testing.T
	client.Client
	cluster *v1alpha1.ManagedCluster
	// closed: the gate refuses pools.
	closed atomic.Bool
	// registryAway was told once; revoked is the cluster whose machines' tokens were.
	registryAway atomic.Bool
	revoked      atomic.Value
}

// gate is a plan.Gate.
func (s *stage) gate(_ *v1alpha1.ManagedCluster, step plan.Step) string {
	if _, pool := step.(plan.WritePool); pool && s.closed.Load() {
		return "the maintenance window"
	}
	return ""
}

// For makes the stage the hosted cluster too.
func (s *stage) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return s.Client, nil
}

// RevokeCluster implements Images. The registry is away at first.
func (s *stage) RevokeCluster(_ context.Context, uid string) error {
	if s.registryAway.CompareAndSwap(false, true) {
		return errors.New("the registry does not answer")
	}
	s.revoked.Store(uid)
	return nil
}

// Forget implements Access.
func (s *stage) Forget(*v1alpha1.ManagedCluster) {}

func TestLifeOfACluster(t *testing.T) {
	s := newStage(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)

	s.await("it waits for its components and its pool is there already", func() bool {
		op := s.operation()
		return op.State == v1alpha1.InProgress && s.cluster.Status.Endpoint.Port != 0 && len(s.pools()) == 1 && op.Percent == 20
	})
	roots := s.secret("pki").Data
	s.playKubelet()
	s.await("it waits for its pool, the add-ons are there", func() bool {
		return s.operation().Waiting == "pool np1" && s.exists(&corev1.Service{}, "kube-system", "kube-dns")
	})
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	if got := s.cluster.Status.CurrentKubernetesVersion; got != "1.37.2" {
		t.Errorf("current version %q, want 1.37.2", got)
	}
	s.repairsWhatIsTakenAway(roots)
	s.updatesWithoutTouchingThePool()
	s.leavesNothingBehind()
	if got := s.revoked.Load(); got != string(s.cluster.UID) {
		t.Errorf("tokens of cluster %v were revoked, want %s", got, s.cluster.UID)
	}
}

func TestClustersAreProvisionedOneAfterTheOther(t *testing.T) {
	s := newStage(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it is being provisioned", func() bool { return s.operation().Percent == 20 })

	next := &stage{t: t, Client: s.Client, cluster: exampleCluster()}
	next.cluster.Name, next.cluster.Spec.Name, next.cluster.Spec.NodeResourceGroup = "next", "next", "MC_web_next_local"
	s.create(next.cluster)
	next.await("the next one says what it waits for", func() bool { return next.operation().Waiting == "a place in the provisioning queue (1 cluster ahead)" })
	if next.exists(&corev1.Namespace{}, "", next.ref().Namespace()) {
		t.Error("it has a namespace before it is admitted")
	}
	if group := provision.NodeGroup(next.cluster); !next.exists(group, group.Namespace, group.Name) {
		t.Error("its node resource group can be taken by others before it is admitted")
	}
	s.playKubelet()
	s.finishPool()
	s.await("it has succeeded", func() bool { return s.operation().State == v1alpha1.Succeeded })
	next.await("the next one is being provisioned", func() bool { return next.operation().Percent == 20 })
	if !next.exists(&corev1.Namespace{}, "", next.ref().Namespace()) {
		t.Error("it has no namespace after it was admitted")
	}
}

func TestARefusedStepIsNotTakenAndWaitedFor(t *testing.T) {
	s := newStage(t)
	s.closed.Store(true)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for the gate", func() bool {
		return s.operation().Waiting == "the maintenance window" && s.exists(&appsv1.StatefulSet{}, s.ref().Namespace(), v1alpha1.ComponentEtcd)
	})
	if pools := s.pools(); len(pools) > 0 || s.cluster.Status.PoolsAppliedGeneration != 0 {
		t.Errorf("a refused pool was made: %v", pools)
	}
	s.closed.Store(false)
	s.await("the pool is made when the gate opens", func() bool { return len(s.pools()) == 1 })
	if verb := v1alpha1.VerbOf(&s.pools()[0]); verb != v1alpha1.Creating {
		t.Errorf("the pool's operation is %s", verb)
	}
}

func (s *stage) repairsWhatIsTakenAway(roots map[string][]byte) {
	s.t.Helper()
	scheduler := &appsv1.StatefulSet{}
	mounted := func() string {
		s.get(scheduler, s.ref().Namespace(), v1alpha1.ComponentScheduler)
		return scheduler.Spec.Template.Annotations[controlplane.AnnotationCredentials]
	}
	old := mounted()
	if err := s.Delete(s.t.Context(), s.secret(v1alpha1.ComponentScheduler)); err != nil {
		s.t.Fatal(err)
	}
	api := &appsv1.Deployment{}
	s.get(api, s.ref().Namespace(), v1alpha1.ComponentAPIServer)
	changed := api.DeepCopy()
	changed.Spec.Template.Spec.Containers[0].Image = "evil"
	if err := s.Patch(s.t.Context(), changed, client.MergeFrom(api)); err != nil {
		s.t.Fatal(err)
	}
	s.await("what was taken away or changed is back", func() bool {
		s.get(api, s.ref().Namespace(), v1alpha1.ComponentAPIServer)
		return s.exists(&corev1.Secret{}, s.ref().Namespace(), v1alpha1.ComponentScheduler) && api.Spec.Template.Spec.Containers[0].Image != "evil"
	})
	s.await("the new credentials roll the scheduler", func() bool { return mounted() != old })
	if string(s.secret("pki").Data["cluster-ca.key"]) != string(roots["cluster-ca.key"]) {
		s.t.Error("the cluster's authority was replaced")
	}
}

func (s *stage) updatesWithoutTouchingThePool() {
	s.t.Helper()
	s.playKubelet()
	before := s.pools()[0].Generation
	s.refresh()
	written := s.cluster.DeepCopy()
	written.Spec.Tags = map[string]string{"team": "shop"}
	if err := s.Patch(s.t.Context(), written, client.MergeFrom(s.cluster)); err != nil {
		s.t.Fatal(err)
	}
	s.await("the update has succeeded", func() bool {
		op := s.operation()
		return op.Generation == 2 && op.State == v1alpha1.Succeeded
	})
	if after := s.pools()[0].Generation; after != before {
		s.t.Errorf("the pool's generation went from %d to %d although only tags changed", before, after)
	}
}

func (s *stage) leavesNothingBehind() {
	s.t.Helper()
	if err := s.Delete(s.t.Context(), s.cluster); err != nil {
		s.t.Fatal(err)
	}
	s.await("the cluster is gone", func() bool {
		s.playEndOfPods()
		s.playNamespaceController()
		return !s.exists(&v1alpha1.ManagedCluster{}, namespace, s.cluster.Name)
	})
	for _, name := range []string{v1alpha1.ControlPlaneNamespace(s.cluster.Name), v1alpha1.NodesNamespace(s.cluster.Name)} {
		if s.exists(&corev1.Namespace{}, "", name) {
			s.t.Errorf("namespace %s was left behind", name)
		}
	}
	groups := &v1alpha1.ResourceGroupList{}
	if err := s.List(s.t.Context(), groups); err != nil || len(groups.Items) > 0 || len(s.pools()) > 0 {
		s.t.Errorf("left behind: groups %v, pools %v (%v)", groups.Items, s.pools(), err)
	}
}

func newStage(t *testing.T) *stage {
	t.Helper()
	config := apitest.Start(t)
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme, Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: controllerconfig.Controller{SkipNameValidation: ptr.To(true)}, // a test may run twice in one process
	})
	if err != nil {
		t.Fatal(err)
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, Client: direct, cluster: exampleCluster()}
	r := &Reconciler{Client: mgr.GetClient(), Clock: clock.RealClock{}, Real: clock.RealClock{}, Access: s, PublicHost: "100.98.0.1", MaxConcurrent: 1, Gate: s.gate, Images: s}
	if err := r.SetupWithManager(mgr); err != nil {
		t.Fatal(err)
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
	return s
}

func (s *stage) ref() controlplane.Ref {
	return controlplane.Ref{Cluster: s.cluster.Name, Subscription: subscription}
}

func (s *stage) create(o client.Object) {
	s.t.Helper()
	if err := s.Create(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) updateStatus(o client.Object) {
	s.t.Helper()
	if err := s.Status().Update(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) get(o client.Object, ns, name string) {
	s.t.Helper()
	if err := s.Get(s.t.Context(), client.ObjectKey{Namespace: ns, Name: name}, o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) exists(o client.Object, ns, name string) bool {
	err := s.Get(s.t.Context(), client.ObjectKey{Namespace: ns, Name: name}, o)
	if client.IgnoreNotFound(err) != nil {
		s.t.Fatal(err)
	}
	return !apierrors.IsNotFound(err)
}

func (s *stage) secret(name string) *corev1.Secret {
	secret := &corev1.Secret{}
	s.get(secret, s.ref().Namespace(), name)
	return secret
}

func (s *stage) pools() []v1alpha1.AgentPool {
	pools := &v1alpha1.AgentPoolList{}
	if err := s.List(s.t.Context(), pools, client.MatchingLabels{v1alpha1.LabelCluster: s.cluster.Name}); err != nil {
		s.t.Fatal(err)
	}
	return pools.Items
}

func (s *stage) refresh() { s.get(s.cluster, namespace, s.cluster.Name) }

func (s *stage) operation() v1alpha1.Operation {
	s.refresh()
	return v1alpha1.CurrentOperation(s.cluster)
}

func (s *stage) await(what string, done func() bool) {
	s.t.Helper()
	err := wait.PollUntilContextTimeout(s.t.Context(), 50*time.Millisecond, 20*time.Second, true,
		func(context.Context) (bool, error) { return done(), nil })
	if err != nil {
		s.t.Fatalf("in vain: %s; the operation is %+v, finalized: %v", what, s.cluster.Status.Operations, controllerutil.ContainsFinalizer(s.cluster, v1alpha1.Finalizer))
	}
}
