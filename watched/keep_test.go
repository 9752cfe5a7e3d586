package watched

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
	"unsafe"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/capacity"
)

func TestPodsKeepWhatIsReadOfThem(t *testing.T) {
	requests := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("100m"), corev1.ResourceMemory: resource.MustParse("64Mi")}
	started := true
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "etcd-0", UID: "a", ResourceVersion: "7", Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"c": "d"}},
		Spec:       corev1.PodSpec{NodeName: "host", Containers: []corev1.Container{{Name: "etcd", Image: "x", Args: []string{"y"}, Resources: corev1.ResourceRequirements{Requests: requests}}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "100.96.0.1", Conditions: []corev1.PodCondition{
				{Type: corev1.PodReady, Status: corev1.ConditionTrue}, {Type: corev1.PodInitialized, Status: corev1.ConditionTrue}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "etcd", Ready: true, RestartCount: 3, Started: &started, ImageID: "z", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}}},
		},
	}
	host := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "host"}, Status: corev1.NodeStatus{
		Allocatable: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("2"), corev1.ResourceMemory: resource.MustParse("1Gi"), corev1.ResourcePods: resource.MustParse("10")}}}
	before, _ := capacity.Hosts([]corev1.Node{host}, []corev1.Pod{*p.DeepCopy()})
	kept, err := NewHeld(0).Keep(p)
	if err != nil {
		t.Fatal(err)
	}
	got := kept.(*corev1.Pod)
	after, _ := capacity.Hosts([]corev1.Node{host}, []corev1.Pod{*got})
	if fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("it takes %v of its host, and as it is kept %v", before, after)
	}
	s := got.Status.ContainerStatuses[0]
	if !s.Ready || s.RestartCount != 3 || !*s.Started || s.State.Running == nil || s.ImageID != "" || len(got.Status.Conditions) != 1 || got.Status.PodIP == "" {
		t.Errorf("its status is %+v", got.Status)
	}
	if got.Name != p.Name || got.UID != p.UID || got.ResourceVersion != "7" || got.Labels["a"] != "b" || got.Annotations != nil || got.Spec.Containers[0].Image != "" {
		t.Errorf("got %+v", got)
	}
}

func TestAnOperationsStartIsKept(t *testing.T) {
	written, status := metav1.NewTime(time.Unix(1000, 0)), metav1.NewTime(time.Unix(2000, 0))
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Generation: 2, ManagedFields: []metav1.ManagedFieldsEntry{
		{Manager: "a", Time: &written, FieldsV1: metav1.NewFieldsV1(`{}`)}, {Time: &status, Subresource: "status"}}}}
	want := v1alpha1.CurrentOperation(c).StartedAt
	if _, err := NewHeld(0).Keep(c); err != nil || len(c.ManagedFields) != 1 || c.ManagedFields[0].FieldsV1 != nil {
		t.Errorf("%v, %v", c.ManagedFields, err)
	}
	if got := v1alpha1.CurrentOperation(c).StartedAt; !got.Equal(&want) || !got.Equal(&written) {
		t.Errorf("the operation began at %v, and as it is kept at %v", want, got)
	}
}

func TestHeldObjectsAreReadWhole(t *testing.T) {
	secret := func(name string) *corev1.Secret {
		return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "n", Name: name, UID: types.UID(name), CreationTimestamp: metav1.Unix(1000, 0), Labels: map[string]string{"l": "x"}},
			Data: map[string][]byte{"key": []byte(name)}}
	}
	live := &counting{Client: fake.NewClientBuilder().WithScheme(clientscheme.Scheme).WithObjects(secret("a"), secret("b")).Build()}
	h := NewHeld(1 << 20)
	cache := cacheOf(t, h, live.Client)
	reader := h.Reader(cache, live)
	see := func(sentence string, reads int) {
		t.Helper()
		live.reads = 0
		var one corev1.Secret
		var all corev1.SecretList
		if err := reader.Get(t.Context(), client.ObjectKey{Namespace: "n", Name: "a"}, &one); err != nil || string(one.Data["key"]) != "a" {
			t.Errorf("%s: a is %v: %v", sentence, one.Data, err)
		}
		one.Data["key"] = []byte("changed by a reader")
		if err := reader.List(t.Context(), &all, client.InNamespace("n"), client.MatchingLabels{"l": "x"}); err != nil || len(all.Items) != 2 ||
			string(all.Items[0].Data["key"]) != "a" || string(all.Items[1].Data["key"]) != "b" {
			t.Errorf("%s: there are %v: %v", sentence, all.Items, err)
		}
		if live.reads != reads {
			t.Errorf("%s: %d reads of the API server, want %d", sentence, live.reads, reads)
		}
	}
	see("what was just watched is held", 0)
	for _, name := range []string{"a", "b"} {
		var again corev1.Secret
		if err := cache.Get(t.Context(), client.ObjectKey{Namespace: "n", Name: name}, &again); err != nil {
			t.Fatal(err)
		}
		if kept, err := h.Keep(&again); err != nil || kept.(client.Object).GetName() != name {
			t.Errorf("%v, %v", kept, err)
		}
	}
	see("what an informer passes once more is held as it was", 0)
	h.max = 0
	h.keep(secret("drop all"))
	h.max = 1 << 20
	see("what is not held any more is read once: the object, and the list", 2)
	see("and then held again", 0)

	var gone corev1.Secret
	if err := reader.Get(t.Context(), client.ObjectKey{Namespace: "n", Name: "none"}, &gone); client.IgnoreNotFound(err) != nil || err == nil {
		t.Errorf("one that does not exist: %v", err)
	}
	var bare corev1.Secret
	if err := cache.Get(t.Context(), client.ObjectKey{Namespace: "n", Name: "a"}, &bare); err != nil || len(bare.Data) != 0 || bare.Labels["l"] != "x" {
		t.Errorf("the cache has %+v: %v", bare, err)
	}
}

func TestAnOlderVersionIsNotTakenForANewOne(t *testing.T) {
	h := NewHeld(1 << 20)
	h.keep(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{UID: "a", ResourceVersion: "1"}})
	if h.find(&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{UID: "a", ResourceVersion: "2"}}) != nil {
		t.Error("version 1 was found as version 2")
	}
	before := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{UID: "a", ResourceVersion: "1"}}
	if got := h.find(before); got == nil || !equality.Semantic.DeepEqual(got, before) {
		t.Errorf("got %v", got)
	}
}

// counting counts reads.
type counting struct {
	client.Client
	reads int
}

func (c *counting) Get(ctx context.Context, key client.ObjectKey, o client.Object, options ...client.GetOption) error {
	c.reads++
	return c.Client.Get(ctx, key, o, options...)
}

func (c *counting) List(ctx context.Context, list client.ObjectList, options ...client.ListOption) error {
	c.reads++
	return c.Client.List(ctx, list, options...)
}

// cacheOf the Secrets that there are.
func cacheOf(t *testing.T, h *Held, from client.Client) client.Client {
	t.Helper()
	var all corev1.SecretList
	if err := from.List(t.Context(), &all); err != nil {
		t.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(clientscheme.Scheme)
	for i := range all.Items {
		kept, err := h.Keep(&all.Items[i])
		if err != nil {
			t.Fatal(err)
		}
		builder = builder.WithObjects(kept.(client.Object))
	}
	return builder.Build()
}

// TestListsOfResourcesAreNotChanged: an informer passes an object that was cut once more, and its requests are read for others meanwhile.
func TestListsOfResourcesAreNotChanged(t *testing.T) {
	name := strings.Clone("cpu")
	list := corev1.ResourceList{corev1.ResourceName(name): resource.MustParse("123m")}
	share(&corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: list}}}}})
	for kept := range list {
		if unsafe.StringData(string(kept)) != unsafe.StringData(name) {
			t.Error("the entry was made anew")
		}
	}
}
