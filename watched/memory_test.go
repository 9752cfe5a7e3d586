package watched_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/pki"
	"lotse.dev/watched"
)

// clusters are simulated, and perCluster is what one may take in memory, with its control plane, a pool and a machine.
const (
	clusters   = 300
	perCluster = 50 << 10
)

// held may be so much of one cluster if there are a thousand.
const held = watched.MaxBytes / 1000

// TestMemoryOfACluster measures what the cache of a cluster's objects takes: as the API server sends them, with statuses, defaults and managed
// fields. Of what is held while clusters are looked at, the share of one in a thousand counts. The
// cache's own indexes are not counted.
func TestMemoryOfACluster(t *testing.T) {
	all := simulated(t)
	whole, sizes := map[string]int{}, map[string]int{}
	for kind, sent := range all {
		whole[kind] = grown(t, sent, func(o any) (any, error) { return o, nil })
		sizes[kind] = grown(t, sent, watched.NewHeld(0).Keep)
	}
	sum, before := held, 0
	for kind, size := range sizes {
		t.Logf("%s: %d bytes a cluster, %d whole", kind, size, whole[kind])
		sum, before = sum+size, before+whole[kind]
	}
	t.Logf("all: %d bytes a cluster, %d whole", sum, before)
	if sum > perCluster {
		t.Errorf("a cluster takes %d bytes, at most %d are allowed", sum, perCluster)
	}
}

// object of a cluster as it is sent.
type object struct {
	kind reflect.Type
	json string
}

// grown is by how much the heap grows for one cluster.
func grown(t *testing.T, sent []object, keep func(any) (any, error)) int {
	t.Helper()
	var before, after runtime.MemStats
	kept := make([]any, 0, clusters*len(sent))
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range clusters {
		for _, o := range sent {
			decoded := reflect.New(o.kind).Interface()
			if err := json.Unmarshal([]byte(strings.ReplaceAll(o.json, "shop-abc", fmt.Sprintf("shop-%03d", i))), decoded); err != nil {
				t.Fatal(err)
			}
			cut, err := keep(decoded)
			if err != nil {
				t.Fatal(err)
			}
			kept = append(kept, cut)
		}
	}
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(kept)
	return int(after.HeapAlloc-before.HeapAlloc) / clusters
}

// simulated are the objects of a cluster by kind.
func simulated(t *testing.T) map[string][]object {
	t.Helper()
	all := map[string][]object{}
	add := func(objects ...client.Object) {
		for _, o := range objects {
			o.SetUID("5b2b4a86-0000-4000-8000-0123456789ab")
			o.SetResourceVersion("123456")
			o.SetCreationTimestamp(metav1.Now())
			o.SetManagedFields(managed(t, o))
			encoded, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			kind := reflect.TypeOf(o).Elem()
			all[kind.Name()] = append(all[kind.Name()], object{kind, string(encoded)})
		}
	}
	ref := controlplane.Ref{Cluster: "shop-abc", Subscription: "6f1c0000-0000-0000-0000-000000000001"}
	network := v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"}
	endpoint := v1alpha1.Endpoint{Host: "100.98.0.1", Port: 31000, InternalHost: "100.97.3.4", InternalPort: 6443, TunnelPort: 8132}
	spec := controlplane.Spec{Ref: ref, Network: network, Endpoint: endpoint, EtcdAddress: "100.97.3.5", CredentialHashes: map[string]string{}, Images: map[string]string{}}
	for _, image := range []string{"kubernetes", "etcd", "konnectivity"} {
		spec.Images[image] = "registry.lotse.internal/lotse/" + image + ":v1.37.2-11111111"
	}
	for _, n := range controlplane.Namespaces(ref) {
		add(n)
	}
	for _, s := range controlplane.Services(ref, true) {
		add(s)
	}
	for _, o := range controlplane.Components(spec) {
		add(o)
		if template := templateOf(o); template != nil {
			add(running(o, template))
		}
	}
	for _, s := range secrets(t, ref, network, endpoint) {
		add(s)
	}
	add(resources(ref, network, endpoint)...)
	return all
}

func secrets(t *testing.T, ref controlplane.Ref, network v1alpha1.NetworkSpec, endpoint v1alpha1.Endpoint) []*corev1.Secret {
	t.Helper()
	data, err := pki.Complete(nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	roots, err := pki.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	contents, _, err := credentials.Secrets(credentials.Cluster{Ref: ref, Name: "shop", Network: network, Endpoint: endpoint, EtcdAddress: "100.97.3.5"}, roots, nil, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	all := []*corev1.Secret{ref.Secret(v1alpha1.SecretPKI, data)}
	for name, content := range contents {
		all = append(all, ref.Secret(name, content))
	}
	all = append(all, ref.Secret(v1alpha1.SecretRendering, map[string][]byte{"components": make([]byte, 4<<10), "addons": make([]byte, 4<<10)}))
	return append(all, ref.Secret("machine", map[string][]byte{"machine.json": []byte(strings.Repeat("x", 4<<10))}))
}

func templateOf(o client.Object) *corev1.PodTemplateSpec {
	switch w := o.(type) {
	case *appsv1.Deployment:
		return &w.Spec.Template
	case *appsv1.StatefulSet:
		return &w.Spec.Template
	}
	return nil
}

// running is a Pod of a workload.
func running(o client.Object, template *corev1.PodTemplateSpec) *corev1.Pod {
	started := true
	p := &corev1.Pod{ObjectMeta: *template.ObjectMeta.DeepCopy(), Spec: *template.Spec.DeepCopy()}
	p.Namespace, p.Name = o.GetNamespace(), o.GetName()+"-0"
	p.Spec.NodeName = "host"
	p.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "100.96.0.1", HostIP: "100.98.0.1"}
	for _, c := range []corev1.PodConditionType{corev1.PodReady, corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReadyToStartContainers} {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: c, Status: corev1.ConditionTrue, LastTransitionTime: metav1.Now()})
	}
	for _, c := range p.Spec.Containers {
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Ready: true, Started: &started, Image: c.Image, ImageID: c.Image + "@sha256:" + strings.Repeat("0", 64),
			ContainerID: "containerd://" + strings.Repeat("0", 64), State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}},
			Resources: &c.Resources,
		})
	}
	return p
}

// resources are the cluster's own: it, its groups, a pool of one machine.
func resources(ref controlplane.Ref, network v1alpha1.NetworkSpec, endpoint v1alpha1.Endpoint) []client.Object {
	meta := func(name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{
			Namespace: v1alpha1.SubscriptionNamespace(ref.Subscription), Name: name, Finalizers: []string{v1alpha1.Finalizer},
			Labels:      map[string]string{v1alpha1.LabelCluster: ref.Cluster, v1alpha1.LabelSubscription: ref.Subscription},
			Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: "5b2b4a86-0000-4000-8000-0123456789ab"},
		}
	}
	c := &v1alpha1.ManagedCluster{ObjectMeta: meta(ref.Cluster)}
	c.Spec = v1alpha1.ManagedClusterSpec{SubscriptionID: ref.Subscription, ResourceGroup: "shop", Name: "shop-abc", Location: "local", Network: network, KubernetesVersion: "1.37.2"}
	c.Status.Endpoint = endpoint
	for _, name := range v1alpha1.ComponentNames {
		c.Status.Components = append(c.Status.Components, v1alpha1.ComponentHealth{Name: name, Healthy: true, Since: metav1.Now()})
	}
	progress := v1alpha1.Progress{ObservedGeneration: 1}
	for i := range 5 {
		progress.Operations = append(progress.Operations, v1alpha1.Operation{Generation: int64(i), Verb: v1alpha1.Updating, State: v1alpha1.Succeeded, StartedAt: metav1.Now()})
	}
	c.Status.Progress = progress
	pool := &v1alpha1.AgentPool{ObjectMeta: meta("nodepool1")}
	pool.Status.Progress = progress
	return []client.Object{
		c, pool, &v1alpha1.ScaleSet{ObjectMeta: meta("nodepool1")}, &v1alpha1.Machine{ObjectMeta: meta("vm0")},
		&v1alpha1.ResourceGroup{ObjectMeta: meta("shop")}, &v1alpha1.ResourceGroup{ObjectMeta: meta("mc-shop")},
	}
}

// managed fields are about as large as what they name.
func managed(t *testing.T, o client.Object) []metav1.ManagedFieldsEntry {
	t.Helper()
	encoded, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	now := metav1.Now()
	fields := func(size int) *metav1.FieldsV1 {
		return metav1.NewFieldsV1(fmt.Sprintf("{%q:{}}", "f:"+strings.Repeat("x", size)))
	}
	return []metav1.ManagedFieldsEntry{
		{Manager: v1alpha1.FieldManager, Operation: metav1.ManagedFieldsOperationApply, APIVersion: "v1", Time: &now, FieldsType: "FieldsV1", FieldsV1: fields(len(encoded) / 2)},
		{Manager: "kube-controller-manager", Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Time: &now, FieldsType: "FieldsV1", Subresource: "status", FieldsV1: fields(500)},
	}
}
