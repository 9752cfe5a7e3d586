package provision

import (
	"errors"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/operation"
	"lotse.dev/pki"
)

const (
	subscription = "6f1c0000-0000-0000-0000-000000000001"
	namespace    = "sub-" + subscription
)

// newCluster are the facts of a cluster that was just created, after the given changes.
func newCluster(changes ...func(*Facts)) Facts {
	c := exampleCluster()
	c.Generation, c.UID, c.Finalizers = 1, "u", []string{v1alpha1.Finalizer}
	operation.Begin(c, *at(0))
	f := Facts{
		Cluster: c, Now: at(time.Second).Time, RealNow: at(time.Second).Time, PublicHost: "100.98.0.1", MaxConcurrent: 1,
		Release: exampleRelease(), Secrets: map[string]*corev1.Secret{}, Pools: map[string]*v1alpha1.AgentPool{},
	}
	for _, change := range changes {
		change(&f)
	}
	return f
}

// simulate takes the steps of plans as the management cluster would, until a plan has none; it returns the names of all.
func simulate(t *testing.T, f *Facts) string {
	t.Helper()
	var names []string
	for range 20 {
		p := Plan(*f)
		if p.Trouble != nil {
			t.Fatalf("trouble after %q: %v", names, p.Trouble)
		}
		if len(p.Steps) == 0 {
			f.Cluster.Status = p.Status
			return strings.Join(names, ", ")
		}
		for _, s := range p.Steps {
			names = append(names, strings.NewReplacer("*v1.", "", "*v1alpha1.", "").Replace(s.String()))
			take(t, f, s)
		}
	}
	t.Fatalf("the plan does not come to an end: %q", names)
	return ""
}

func take(t *testing.T, f *Facts, s plan.Step) {
	t.Helper()
	switch s := s.(type) {
	case plan.AddFinalizer:
		f.Cluster.Finalizers = append(f.Cluster.Finalizers, v1alpha1.Finalizer)
	case plan.Apply:
		if service, ok := s.Object.(*corev1.Service); ok {
			service.Spec.ClusterIP = "100.97.3." + map[string]string{"etcd": "5", "kube-apiserver": "4"}[service.Name]
			service.Spec.Ports[0].NodePort = 31000
		}
		f.Objects.Written(s.Object)
	case plan.RecordEndpoint:
		f.Cluster.Status.Endpoint = s.Endpoint
		operation.SetConditions(&f.Cluster.Status.Conditions, 1, *at(time.Second), s.Conditions...)
	case plan.WriteAuthorities:
		data, err := pki.Complete(nil, f.RealNow)
		if err != nil {
			t.Fatal(err)
		}
		f.Secrets[v1alpha1.SecretPKI] = f.ref().Secret(v1alpha1.SecretPKI, data)
	case plan.WriteCredentials:
		roots, err := pki.Parse(f.Secrets[v1alpha1.SecretPKI].Data)
		if err != nil {
			t.Fatal(err)
		}
		contents, _, err := credentials.Secrets(s.For, roots, f.Contents(), f.RealNow)
		if err != nil {
			t.Fatal(err)
		}
		for name, data := range contents {
			f.Secrets[name] = f.ref().Secret(name, data)
		}
	case plan.WritePool:
		s.Want.Generation = 1
		f.Pools[s.Want.Name] = s.Want
	case plan.ApplyAddons:
		f.Addons = Addons{Hash: s.Hash, At: f.RealNow}
	}
}

// nextReconcile forgets what was written in this one.
func nextReconcile(f *Facts) {
	f.Objects.written, f.Addons.NoAnswer, f.Addons.NoCredential = nil, false, false
}

func scheduled(component string, isReady bool, containers ...string) corev1.Pod {
	var statuses []corev1.ContainerStatus
	for _, name := range containers {
		statuses = append(statuses, corev1.ContainerStatus{Name: name, Ready: isReady})
	}
	p := podOf(component, 0, statuses...)
	p.Spec.NodeName = "host"
	return p
}

func runningPods(isReady bool) []corev1.Pod {
	return []corev1.Pod{
		scheduled("etcd", isReady, "etcd"), scheduled("kube-apiserver", isReady, "kube-apiserver", "konnectivity-server"),
		scheduled("kube-controller-manager", isReady, "kube-controller-manager", "kube-scheduler"),
	}
}

func waitsFor(t *testing.T, f Facts, want string) {
	t.Helper()
	if got := Plan(f).Outcome.Waiting; got != want {
		t.Errorf("the cluster waits for %q, want %q", got, want)
	}
}

// TestALife provisions a cluster from nothing, in the order in which its parts can be made.
func TestALife(t *testing.T) {
	f := newCluster(func(f *Facts) { f.Cluster.Finalizers = nil })
	expect := func(what, want string) {
		t.Helper()
		if got := simulate(t, &f); got != want {
			t.Fatalf("%s: steps\n%s\nwant\n%s", what, got, want)
		}
		nextReconcile(&f)
	}
	name := f.Cluster.Name
	group := NodeGroup(f.Cluster).Name
	expect("all that needs no API server is done at once", "add the finalizer, apply ResourceGroup "+group+", apply Namespace mc-"+name+
		", apply Namespace mc-"+name+"-nodes, apply Service kube-apiserver, apply Service etcd, record the endpoint, write the cluster's authorities, "+
		"write the credentials, apply Secret rendering, apply NetworkPolicy default, apply NetworkPolicy kube-apiserver, apply NetworkPolicy etcd, apply NetworkPolicy machines, "+
		"apply StatefulSet etcd, apply PersistentVolumeClaim audit, apply StatefulSet kube-controller-manager, write pool np1")
	if !queue.IsAdmitted(f.Cluster) || f.Cluster.Status.PoolsAppliedGeneration != 1 {
		t.Errorf("status %+v", f.Cluster.Status)
	}
	expect("nothing is done twice", "")
	f.Pods = []corev1.Pod{scheduled("etcd", false, "etcd")}
	f.Addons.NoAnswer = true
	p := Plan(f)
	if len(p.Steps) != 1 || p.Steps[0].String() != "apply *v1.Deployment kube-apiserver" {
		t.Fatalf("steps %v, want the API server when the store is scheduled", p.Steps)
	}
	take(t, &f, p.Steps[0])
	if p := Plan(f); len(p.Steps) != 0 || p.Recheck != starting {
		t.Fatalf("an API server that did not answer is asked again after %s: %v", p.Recheck, p.Steps)
	}
	nextReconcile(&f)
	f.Pods = runningPods(false)
	if p := Plan(f); len(p.Steps) != 1 || !p.Steps[0].(plan.ApplyAddons).Probe {
		t.Fatalf("steps %v, want add-ons although no probe has reported yet", p.Steps)
	}
	f.Addons.NoCredential = true
	if p := Plan(f); len(p.Steps) != 0 || p.Recheck != running {
		t.Fatalf("without a credential the plan is %+v", p)
	}
	nextReconcile(&f)
	expect("add-ons come as soon as it answers", "apply the add-ons")
	f.Pods = runningPods(true)
	waitsFor(t, f, "pool np1")
	expect("the Service leads only to ready Pods once it has been up", "")
	expect("the Service leads only to ready Pods once it has been up", "apply Service kube-apiserver")
	for _, pool := range f.Pools {
		operation.Settle(pool, "Pool", operation.Outcome{}, *at(time.Minute))
	}
	if p := Plan(f); !p.Outcome.Done() || p.Recheck < resync {
		t.Fatalf("the plan of a cluster that is ready is %+v", p)
	}
	f.RealNow = f.RealNow.Add(resync)
	expect("what may have been changed in the cluster is repaired", "apply the add-ons")
}

func TestPlan(t *testing.T) {
	foreign := func(f *Facts) {
		group := NodeGroup(f.Cluster)
		group.Spec.ManagedBy = "another"
		f.Objects.Add(group)
	}
	ending := func(o client.Object) func(*Facts) {
		return func(f *Facts) {
			o.SetDeletionTimestamp(at(0))
			f.Objects.Add(o)
		}
	}
	have := func(o client.Object) func(*Facts) { return func(f *Facts) { f.Objects.Add(o) } }
	example := newCluster()
	name := example.Cluster.Name
	tests := map[string]struct {
		change  func(*Facts)
		steps   int
		waiting string
		code    string
		trouble string
	}{
		"a cluster in the queue has its node resource group only": {
			change: func(f *Facts) { f.Ahead = 2 }, steps: 1, waiting: "the provisioning queue (2 clusters ahead)",
		},
		"a cluster that was admitted waits no more": {
			change: func(f *Facts) {
				f.Ahead = 2
				operation.SetConditions(&f.Cluster.Status.Conditions, 1, *at(0), operation.Ready(queue.Admitted, ""))
			}, steps: 5, waiting: "an address for Service kube-apiserver",
		},
		"a cluster that was up never waits in the queue": {
			change: func(f *Facts) { f.Ahead, f.Cluster.Status.CurrentKubernetesVersion = 2, "1.37.2" },
			steps:  5, waiting: "an address for Service kube-apiserver",
		},
		"a release that is not installed is waited for": {
			change: func(f *Facts) { f.Release = nil }, waiting: "release v1.37.2-1, which is not installed",
		},
		"a node resource group of something else is refused": {change: foreign, code: "NodeResourceGroupAlreadyExists"},
		"and already in the queue":                           {change: func(f *Facts) { foreign(f); f.Ahead = 2 }, code: "NodeResourceGroupAlreadyExists"},
		"a node resource group that is being deleted is waited for": {
			change: ending(NodeGroup(example.Cluster)), waiting: "node resource group MC_web_shop_local, which is being deleted",
		},
		"a namespace of an earlier cluster is waited for": {
			change: ending(namespaceOf("mc-"+name, name, subscription)), steps: 1,
			waiting: "namespace mc-" + name + " of a deleted cluster to go",
		},
		"a namespace of another subscription is refused": {
			change: have(namespaceOf("mc-"+name, name, "another")), code: "NamespaceAlreadyExists",
		},
		"a namespace of another cluster is refused": {
			change: have(namespaceOf("mc-"+name+"-nodes", "another", subscription)), code: "NamespaceAlreadyExists",
		},
		"a namespace without labels is refused, also while it is being deleted": {
			change: ending(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "mc-" + name}}), code: "NamespaceAlreadyExists",
		},
		"after trouble nothing is done, and what was pending stays": {
			change: func(f *Facts) { f.Trouble = errors.New("refused") }, trouble: "refused",
			waiting: "an address for Service kube-apiserver; the last attempt failed: refused",
		},
		"after a refused write nothing is done": {
			change: func(f *Facts) { f.Refused = &v1alpha1.OperationError{Code: "InvalidParameter"} }, code: "InvalidParameter",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			check(t, Plan(newCluster(tt.change)), tt.steps, tt.waiting, tt.code, tt.trouble)
		})
	}
}

func namespaceOf(name, cluster, subscription string) *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
		v1alpha1.LabelCluster: cluster, v1alpha1.LabelSubscription: subscription,
	}}}
}

func check(t *testing.T, p plan.Plan, steps int, waiting, code, trouble string) {
	t.Helper()
	gotCode, gotTrouble := "", ""
	if p.Outcome.Failure != nil {
		gotCode = p.Outcome.Failure.Code
	}
	if p.Trouble != nil {
		gotTrouble = p.Trouble.Error()
	}
	if len(p.Steps) != steps || p.Outcome.Waiting != waiting || gotCode != code || !strings.Contains(gotTrouble, trouble) || (trouble == "") != (gotTrouble == "") {
		t.Errorf("steps %v, waiting %q, failure %q, trouble %q; want %d steps, %q, %q, %q", p.Steps, p.Outcome.Waiting, gotCode, gotTrouble, steps, waiting, code, trouble)
	}
}

// TestPlanOfARunningCluster starts from one that is as its spec says.
func TestPlanOfARunningCluster(t *testing.T) {
	without := func(image string) func(*Facts) {
		return func(f *Facts) { delete(f.Release.Spec.Images, image) }
	}
	apiServer := func(f *Facts) *appsv1.Deployment {
		d, _ := find(f.Objects, &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: "kube-apiserver"}})
		return d
	}
	have := func(o client.Object) func(*Facts) { return func(f *Facts) { f.Objects.Add(o) } }
	olderControllers := func(f *Facts) {
		set, _ := find(f.Objects, &appsv1.StatefulSet{ObjectMeta: metav1.ObjectMeta{Namespace: f.ref().Namespace(), Name: "kube-controller-manager"}})
		set.Spec.Template.Spec.Containers = set.Spec.Template.Spec.Containers[:1]
	}
	oldScheduler := func(deleted *metav1.Time) *appsv1.StatefulSet {
		set := controlplane.RetiredScheduler(newCluster().ref())
		set.DeletionTimestamp = deleted
		return set
	}
	tests := map[string]struct {
		change  func(*Facts)
		steps   string
		waiting string
		trouble string
	}{
		"nothing is done": {func(*Facts) {}, "", "", ""},
		"what another writer changed is repaired": {
			func(f *Facts) { apiServer(f).Spec.Template.Spec.Containers[0].Image = "evil" }, "apply *v1.Deployment kube-apiserver",
			"kube-apiserver (being replaced)", "",
		},
		"but only once in a reconcile": {
			func(f *Facts) {
				apiServer(f).Spec.Template.Spec.Containers[0].Image = "evil"
				f.Objects.Written(apiServer(f))
			}, "", "", "",
		},
		"lost credentials are written before anything is made of them": {
			func(f *Facts) { delete(f.Secrets, "kube-scheduler") }, "write the credentials", "kube-controller-manager (being replaced)", "",
		},
		"the scheduler of an earlier version is deleted before the controller manager's Pod is replaced by one with both": {
			both(olderControllers, have(oldScheduler(nil))), "delete 1 objects", "", "",
		},
		"its Pod is waited for": {
			both(olderControllers, func(f *Facts) { f.Pods = append(f.Pods, scheduled("kube-scheduler", true, "kube-scheduler")) }), "", "", "",
		},
		"while it is being deleted nothing starts": {
			both(olderControllers, have(oldScheduler(at(0)))), "", "", "",
		},
		"then the Pod with both starts": {
			olderControllers, "apply *v1.StatefulSet kube-controller-manager", "kube-controller-manager (being replaced)", "",
		},
		"kubeconfigs that all callers shared are deleted": {
			func(f *Facts) { f.Secrets["cluster-user-kubeconfig"] = &corev1.Secret{} }, "delete 1 objects", "", "",
		},
		"and not twice": {
			func(f *Facts) {
				f.Secrets["cluster-user-kubeconfig"] = &corev1.Secret{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: at(0)}}
			}, "", "", "",
		},
		"a public issuer rolls the API server": {
			func(f *Facts) { f.Cluster.Spec.OIDCIssuerURL = "https://lotse/oic/t/1/" }, "apply *v1.Secret rendering, apply *v1.Deployment kube-apiserver", "kube-apiserver (being replaced)", "",
		},
		"lost authorities come before credentials": {
			func(f *Facts) { delete(f.Secrets, v1alpha1.SecretPKI) }, "write the cluster's authorities", "", "",
		},
		"authorities that another writer put there are not the cluster's": {
			func(f *Facts) { f.Secrets[v1alpha1.SecretPKI].Labels = nil }, "write the cluster's authorities", "", "",
		},
		"another public host is recorded first": {
			func(f *Facts) { f.PublicHost = "lotse.example.org" }, "record the endpoint", "", "",
		},
		"an API server that is down is waited for, and does not get add-ons": {
			func(f *Facts) { f.Pods, f.Addons = runningPods(false), Addons{} }, "",
			"etcd (starting), kube-apiserver (starting), konnectivity-server (starting), kube-controller-manager (starting), kube-scheduler (starting)", "",
		},
		"a new process applies the add-ons once":       {func(f *Facts) { f.Addons = Addons{} }, "apply the add-ons", "the API server to take the add-ons", ""},
		"a pool of a new generation is written":        {newCount(2), "write pool np1", "the pools to be made", ""},
		"a pool that was written by itself stays":      {ownCount, "", "", ""},
		"a pool that was deleted by itself stays away": {func(f *Facts) { clear(f.Pools) }, "", "", ""},
		"an incomplete release is trouble":             {without("etcd"), "", "another attempt; the last attempt failed: ", "has no image of etcd"},
		"a release without an add-on is trouble":       {without("coredns"), "", "another attempt; the last attempt failed: ", "has no image of coredns"},
		"a quota that is no size is trouble":           {quota("much"), "", "another attempt; the last attempt failed: ", "such as 512Mi"},
		"a quota rolls the store":                      {quota("512Mi"), "apply *v1.Secret rendering, apply *v1.StatefulSet etcd", "etcd (being replaced)", ""},
		"certificates are renewed also when an add-on cannot be rendered": {
			both(without("coredns"), renewal), "write the credentials", "another attempt; the last attempt failed: ", "has no image of coredns",
		},
		"and also when a component cannot be": {
			both(without("etcd"), renewal), "write the credentials", "another attempt; the last attempt failed: ", "has no image of etcd",
		},
		"components and pools are repaired also when an add-on cannot be rendered": {
			both(without("coredns"), quota("512Mi"), newCount(2)), "apply *v1.Secret rendering, apply *v1.StatefulSet etcd, write pool np1",
			"etcd (being replaced); the last attempt failed: ", "has no image of coredns",
		},
		"a component that cannot be rendered keeps pools and add-ons waiting": {
			both(quota("much"), newCount(2), func(f *Facts) { f.Addons = Addons{} }), "", "the API server to take the add-ons; the last attempt failed: ", "such as 512Mi",
		},
		"credentials that cannot be decided on keep everything else waiting": {
			both(func(f *Facts) { f.Cluster.Spec.Network.ServiceCIDR = "x" }, newCount(2)), "", "kube-apiserver (being replaced)", "write it like",
		},
		"an etcd that is being replaced ends soon":                  {endingEtcd(10), "delete 1 objects", "etcd (no Pod yet)", ""},
		"and is told so once":                                       {endingEtcd(1), "", "etcd (no Pod yet)", ""},
		"a rotation begins in a cluster that is whole":              {rotationAsked, "begin the rotation of the authorities", "the new authorities", ""},
		"and in no other":                                           {both(rotationAsked, endingEtcd(1)), "", "etcd (no Pod yet)", ""},
		"a network that cannot be read is trouble":                  {func(f *Facts) { f.Cluster.Spec.Network.ServiceCIDR = "x" }, "", "kube-apiserver (being replaced)", "write it like"},
		"a Service without a node port has no complete endpoint":    {noPort, "", "a node port for the API server", ""},
		"a control plane that is being replaced is not ready yet":   {func(f *Facts) { apiServer(f).Generation = 9 }, "", "kube-apiserver (being replaced)", ""},
		"a pool that is not as written is waited for while it runs": {stalePool, "", "pool np1: to be made", ""},
		"a missing pool is waited for while the operation runs":     {missingPool, "", "pool np1: to be made", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := runningCluster(t)
			tt.change(&f)
			p := Plan(f)
			var steps []string
			for _, s := range p.Steps {
				steps = append(steps, s.String())
			}
			if got := strings.Join(steps, ", "); got != tt.steps || !strings.HasPrefix(p.Outcome.Waiting, tt.waiting) || (tt.waiting == "") != (p.Outcome.Waiting == "") {
				t.Errorf("steps %q, waiting %q; want %q, %q", got, p.Outcome.Waiting, tt.steps, tt.waiting)
			}
			if (p.Trouble != nil) != (tt.trouble != "") || p.Trouble != nil && !strings.Contains(p.Trouble.Error(), tt.trouble) {
				t.Errorf("trouble %v, want %q", p.Trouble, tt.trouble)
			}
		})
	}
}

func runningCluster(t *testing.T) Facts {
	t.Helper()
	f := newCluster()
	simulate(t, &f)
	f.Pods = runningPods(true)
	nextReconcile(&f)
	simulate(t, &f)
	nextReconcile(&f)
	simulate(t, &f)
	nextReconcile(&f)
	for _, pool := range f.Pools {
		operation.Settle(pool, "Pool", operation.Outcome{}, *at(time.Minute))
	}
	operation.Settle(f.Cluster, "The cluster", Plan(f).Outcome, *at(time.Minute))
	if op := v1alpha1.CurrentOperation(f.Cluster); op.State != v1alpha1.Succeeded {
		t.Fatalf("the cluster is not running: %+v", op)
	}
	return f
}

func both(changes ...func(*Facts)) func(*Facts) {
	return func(f *Facts) {
		for _, change := range changes {
			change(f)
		}
	}
}

// renewal makes certificates due.
func renewal(f *Facts) { f.RealNow = f.RealNow.AddDate(0, 11, 0); f.Addons.At = f.RealNow }

func begun(f *Facts) {
	f.Cluster.Generation++
	operation.Begin(f.Cluster, *at(time.Hour))
}

func newCount(n int32) func(*Facts) {
	return func(f *Facts) {
		begun(f)
		f.Cluster.Spec.PoolProfiles[0].Count = n
	}
}

func ownCount(f *Facts) {
	for _, pool := range f.Pools {
		pool.Spec.Count = 5
	}
}

func stalePool(f *Facts) {
	begun(f)
	f.Cluster.Status.PoolsAppliedGeneration = f.Cluster.Generation
	ownCount(f)
}

func missingPool(f *Facts) {
	begun(f)
	f.Cluster.Status.PoolsAppliedGeneration = f.Cluster.Generation
	clear(f.Pools)
}

func quota(text string) func(*Facts) {
	return func(f *Facts) { f.Cluster.Annotations = map[string]string{v1alpha1.AnnotationEtcdQuota: text} }
}

func endingEtcd(grace int64) func(*Facts) {
	return func(f *Facts) { f.Pods[0].DeletionTimestamp, f.Pods[0].DeletionGracePeriodSeconds = at(0), &grace }
}

func rotationAsked(f *Facts) {
	f.Cluster.Spec.CertificateRotations = 1
	begun(f)
	f.Cluster.Status.PoolsAppliedGeneration = f.Cluster.Generation
}

func noPort(f *Facts) {
	s, _ := find(f.Objects, controlplane.Services(f.ref(), false)[0])
	s.Spec.Ports[0].NodePort = 0
}

func TestPoolsCarryTheCorrelationID(t *testing.T) {
	c := exampleCluster()
	c.Annotations = map[string]string{v1alpha1.AnnotationCorrelationID: "id"}
	if got := agentPool(c, c.Spec.PoolProfiles[0]).Annotations[v1alpha1.AnnotationCorrelationID]; got != "id" {
		t.Errorf("correlation ID %q", got)
	}
}

func TestJitterIsUpToATenth(t *testing.T) {
	if a, b := jitter("a"), jitter("b"); a == b || a < 0 || a > resync/10 || b > resync/10 {
		t.Errorf("jitter %s and %s", a, b)
	}
}
