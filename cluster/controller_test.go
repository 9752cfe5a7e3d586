package cluster

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
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
	"lotse.dev/controlplane/access"
	"lotse.dev/reconcile"
)

const (
	subscription = "6f1c0000-0000-0000-0000-000000000001"
	namespace    = "sub-" + subscription
)

// environment is a management cluster without kubelets and controllers of its own: the test does their work. It is also the hosted cluster.
type environment struct {
	t *testing.T
	client.Client
	cluster *v1alpha1.ManagedCluster
	// closed: the gate refuses pools.
	closed atomic.Bool
	// denied: a webhook of the hosted cluster denies what is applied there.
	denied atomic.Bool
	// registryAway: the first request to the registry fails. revoked is the cluster whose machines' tokens were revoked.
	registryAway atomic.Bool
	revoked      atomic.Value

	reconciler *Reconciler
	// hosted is the controller's client of the environment as a hosted cluster.
	hosted client.Client
	// requests of the controller, to the environment as either cluster.
	requests, hostedRequests requests
}

// gate is a plan.Gate.
func (s *environment) gate(_ *v1alpha1.ManagedCluster, step plan.Step) string {
	if _, pool := step.(plan.WritePool); pool && s.closed.Load() {
		return "the maintenance window"
	}
	return ""
}

// For makes the environment the hosted cluster too.
func (s *environment) For(context.Context, *v1alpha1.ManagedCluster) (client.Client, error) {
	return access.Hosted(webhook{s.hosted, &s.denied}), nil
}

// webhook is a client of a hosted cluster with a customer's admission webhook, which answers with the status code of a conflict.
type webhook struct {
	client.Client
	denies *atomic.Bool
}

func (w webhook) Apply(ctx context.Context, o runtime.ApplyConfiguration, options ...client.ApplyOption) error {
	if w.denies.Load() {
		return denial()
	}
	return w.Client.Apply(ctx, o, options...)
}

func (w webhook) Create(ctx context.Context, o client.Object, options ...client.CreateOption) error {
	if w.denies.Load() {
		return denial()
	}
	return w.Client.Create(ctx, o, options...)
}

func denial() error {
	return apierrors.NewConflict(corev1.Resource("services"), "kube-dns", errors.New("a webhook denied the request"))
}

// RevokeCluster implements Images. The registry is away at first.
func (s *environment) RevokeCluster(_ context.Context, uid string) error {
	if s.registryAway.CompareAndSwap(false, true) {
		return errors.New("the registry does not answer")
	}
	s.revoked.Store(uid)
	return nil
}

// Forget implements Access.
func (s *environment) Forget(*v1alpha1.ManagedCluster) {}

func TestLifeOfACluster(t *testing.T) { lives(t, newEnvironment(t)) }

func lives(t *testing.T, s *environment) {
	t.Helper()
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)

	s.await("it waits for its components and its pool is there already", func() bool {
		op := s.operation()
		return op.State == v1alpha1.InProgress && s.cluster.Status.Endpoint.Port != 0 && len(s.pools()) == 1 && op.Percent == 20
	})
	roots := s.secret("pki").Data
	s.simulateKubelet()
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
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it is being provisioned", func() bool { return s.operation().Percent == 20 })

	next := &environment{t: t, Client: s.Client, cluster: exampleCluster()}
	next.cluster.Name, next.cluster.Spec.Name, next.cluster.Spec.NodeResourceGroup = "next", "next", "MC_web_next_local"
	s.create(next.cluster)
	next.await("the operation of the next one names what it waits for", func() bool { return next.operation().Waiting == "the provisioning queue (1 cluster ahead)" })
	if next.exists(&corev1.Namespace{}, "", next.ref().Namespace()) {
		t.Error("it has a namespace before it is admitted")
	}
	if group := provision.NodeGroup(next.cluster); !next.exists(group, group.Namespace, group.Name) {
		t.Error("its node resource group can be taken by others before it is admitted")
	}
	s.simulateKubelet()
	next.await("the next one is being provisioned once the control plane is up", func() bool { return next.operation().Percent == 20 })
	if op := s.operation(); op.Waiting != "pool np1" {
		t.Errorf("the first one waits for %q", op.Waiting)
	}
	if !next.exists(&corev1.Namespace{}, "", next.ref().Namespace()) {
		t.Error("it has no namespace after it was admitted")
	}
}

func TestARefusedStepIsNotTakenAndWaitedFor(t *testing.T) {
	s := newEnvironment(t)
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

func TestANamespaceOfAnotherSubscriptionIsNeitherTakenNorDeleted(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	theirs := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: s.ref().Namespace(), Labels: map[string]string{
		v1alpha1.LabelCluster: s.cluster.Name, v1alpha1.LabelSubscription: "another",
	}}}
	s.create(theirs)
	roots := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: theirs.Name, Name: v1alpha1.SecretPKI}, Data: map[string][]byte{"cluster-ca.key": []byte("k")}}
	s.create(roots)
	claim := &corev1.PersistentVolumeClaim{ObjectMeta: metav1.ObjectMeta{Namespace: theirs.Name, Name: "data-etcd-0"}}
	claim.Spec.AccessModes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce}
	claim.Spec.Resources.Requests = corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")}
	s.create(claim)
	s.create(s.cluster)
	s.await("it is refused", func() bool {
		op := s.operation()
		return op.State == v1alpha1.Failed && op.Error != nil && op.Error.Code == "NamespaceAlreadyExists"
	})
	if err := s.Delete(t.Context(), s.cluster); err != nil {
		t.Fatal(err)
	}
	s.await("the cluster is gone", func() bool {
		s.simulateNamespaceController()
		return !s.exists(&v1alpha1.ManagedCluster{}, namespace, s.cluster.Name)
	})
	for _, o := range []client.Object{theirs, roots, claim} {
		before := o.DeepCopyObject().(client.Object)
		s.get(o, o.GetNamespace(), o.GetName())
		if o.GetResourceVersion() != before.GetResourceVersion() {
			t.Errorf("%T %s was changed: %v", o, o.GetName(), o)
		}
	}
	if s.exists(&corev1.Service{}, theirs.Name, v1alpha1.ComponentEtcd) {
		t.Error("a Service was made in another's namespace")
	}
}

func TestASecretOfSomethingElseIsNotTaken(t *testing.T) {
	s := newEnvironment(t)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	own := controlplane.Namespaces(s.ref())[0]
	s.create(own)
	theirs := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: own.Name, Name: v1alpha1.SecretPKI}, Data: map[string][]byte{"cluster-ca.key": []byte("k")}}
	s.create(theirs)
	s.create(s.cluster)
	s.await("the operation names the Secret", func() bool {
		return strings.Contains(s.operation().Waiting, "secret "+own.Name+"/pki exists and belongs to something else; remove it")
	})
	if got := s.secret(v1alpha1.SecretPKI); got.ResourceVersion != theirs.ResourceVersion {
		t.Errorf("the Secret was changed: %v", got)
	}
}

func TestAWebhookThatDeniesTheAddonsDoesNotHideTheClustersHealth(t *testing.T) {
	s := newEnvironment(t)
	s.denied.Store(true)
	s.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	s.create(exampleRelease())
	s.create(s.cluster)
	s.await("it waits for its components", func() bool { return s.operation().Percent == 20 })
	s.simulateKubelet()
	s.await("it names the webhook that denies the add-ons, and its components are healthy", func() bool {
		waiting := s.operation().Waiting
		return strings.Contains(waiting, "a webhook denied the request") && len(s.cluster.Status.Components) > 0 && s.cluster.Status.Components[0].Healthy
	})
	s.denied.Store(false)
	s.await("the add-ons are there when the webhook lets them", func() bool { return s.exists(&corev1.Service{}, "kube-system", "kube-dns") })
}

func (s *environment) repairsWhatIsTakenAway(roots map[string][]byte) {
	s.t.Helper()
	controllers := &appsv1.StatefulSet{}
	mounted := func() string {
		s.get(controllers, s.ref().Namespace(), v1alpha1.ComponentControllerManager)
		return controllers.Spec.Template.Annotations[controlplane.AnnotationCredentials]
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

func (s *environment) updatesWithoutTouchingThePool() {
	s.t.Helper()
	s.simulateKubelet()
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

func (s *environment) leavesNothingBehind() {
	s.t.Helper()
	if err := s.Delete(s.t.Context(), s.cluster); err != nil {
		s.t.Fatal(err)
	}
	s.await("the cluster is gone", func() bool {
		s.simulateEndOfPods()
		s.simulateEndOfClaims()
		s.simulateNamespaceController()
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

func newEnvironment(t *testing.T, changes ...func(*Reconciler, *environment)) *environment {
	t.Helper()
	config := apitest.Start(t)
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		t.Fatal(err)
	}
	s := &environment{t: t, Client: direct, cluster: exampleCluster()}
	counted, hosted := rest.CopyConfig(config), rest.CopyConfig(config)
	counted.Wrap(s.requests.count)
	hosted.Wrap(s.hostedRequests.count)
	if s.hosted, err = client.New(hosted, client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	mgr, err := ctrl.NewManager(counted, ctrl.Options{
		Scheme: scheme, NewClient: reconcile.NewClient, Metrics: metricsserver.Options{BindAddress: "0"},
		Controller: controllerconfig.Controller{SkipNameValidation: ptr.To(true)}, // a test may run twice in one process
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &Reconciler{Client: mgr.GetClient(), Clock: clock.RealClock{}, Real: clock.RealClock{}, Access: s, PublicHost: "100.98.0.1", MaxConcurrent: 1, Gate: s.gate, Images: s}
	s.reconciler = r
	for _, change := range changes {
		change(r, s)
	}
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

func (s *environment) ref() controlplane.Ref {
	return controlplane.Ref{Cluster: s.cluster.Name, Subscription: subscription}
}

func (s *environment) create(o client.Object) {
	s.t.Helper()
	if err := s.Create(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *environment) updateStatus(o client.Object) {
	s.t.Helper()
	if err := s.Status().Update(s.t.Context(), o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *environment) get(o client.Object, ns, name string) {
	s.t.Helper()
	if err := s.Get(s.t.Context(), client.ObjectKey{Namespace: ns, Name: name}, o); err != nil {
		s.t.Fatal(err)
	}
}

func (s *environment) exists(o client.Object, ns, name string) bool {
	err := s.Get(s.t.Context(), client.ObjectKey{Namespace: ns, Name: name}, o)
	if client.IgnoreNotFound(err) != nil {
		s.t.Fatal(err)
	}
	return !apierrors.IsNotFound(err)
}

func (s *environment) secret(name string) *corev1.Secret {
	secret := &corev1.Secret{}
	s.get(secret, s.ref().Namespace(), name)
	return secret
}

func (s *environment) pools() []v1alpha1.AgentPool {
	pools := &v1alpha1.AgentPoolList{}
	if err := s.List(s.t.Context(), pools, client.MatchingLabels{v1alpha1.LabelCluster: s.cluster.Name}); err != nil {
		s.t.Fatal(err)
	}
	return pools.Items
}

func (s *environment) refresh() { s.get(s.cluster, namespace, s.cluster.Name) }

func (s *environment) operation() v1alpha1.Operation {
	s.refresh()
	return v1alpha1.CurrentOperation(s.cluster)
}

func (s *environment) await(what string, done func() bool) {
	s.t.Helper()
	err := wait.PollUntilContextTimeout(s.t.Context(), 50*time.Millisecond, 20*time.Second, true,
		func(context.Context) (bool, error) { return done(), nil })
	if err != nil {
		s.t.Fatalf("in vain: %s; the operation is %+v, finalized: %v", what, s.cluster.Status.Operations, controllerutil.ContainsFinalizer(s.cluster, v1alpha1.Finalizer))
	}
}
