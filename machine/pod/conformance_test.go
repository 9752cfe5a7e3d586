package pod

import (
	"context"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apitest"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/provider/conformance"
)

// TestConformance runs the suite on a real API server. It has no kubelet, so the test simulates one.
func TestConformance(t *testing.T) {
	c, err := client.New(apitest.Start(t), client.Options{Scheme: scheme.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	setup := func(t *testing.T) conformance.Environment {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "machines-"}}
		must(t, c.Create(t.Context(), namespace))
		host := host{c}
		return conformance.Environment{
			Provider: New(c, Isolation{}), Instance: example(namespace.Name), Run: host.run, Kill: host.evict, Reap: host.reap, DiskID: host.disk,
		}
	}
	conformance.Test(t, setup)
	t.Run("a cache that still shows the old disk does not cost the new one", func(t *testing.T) {
		e := setup(t)
		e.Instance.DiskGeneration = 1
		must(t, e.Provider.Ensure(t.Context(), e.Instance))
		disk := e.DiskID(t, e.Instance.Ref)
		old := Disk(example(e.Instance.Namespace))
		old.UID = "old"
		if err := New(staleClient{c, old}, Isolation{}).Reimage(t.Context(), e.Instance.Ref, 1); !apierrors.IsConflict(err) {
			t.Errorf("reimaging by a stale cache: %v, want a conflict", err)
		}
		if s, err := e.Provider.State(t.Context(), e.Instance.Ref); err != nil || !s.Reimaged(1) || e.DiskID(t, e.Instance.Ref) != disk {
			t.Errorf("state is %+v, %v", s, err)
		}
	})
}

// staleClient reads an old disk.
type staleClient struct {
	client.Client
	disk *corev1.PersistentVolumeClaim
}

func (c staleClient) Get(ctx context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	if claim, ok := o.(*corev1.PersistentVolumeClaim); ok {
		c.disk.DeepCopyInto(claim)
		return nil
	}
	return c.Client.Get(ctx, key, o, opts...)
}

// host simulates the kubelet and the controllers of a host, as far as an API server without nodes needs them.
type host struct{ client.Client }

func (h host) run(t *testing.T, r provider.Ref) {
	p := h.pod(t, r)
	bind := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: "host"}}
	must(t, h.SubResource("binding").Create(t.Context(), p, bind))
	p = h.pod(t, r)
	p.Status.Phase, p.Status.PodIP, p.Status.PodIPs = corev1.PodRunning, "100.96.0.7", []corev1.PodIP{{IP: "100.96.0.7"}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "machine", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	must(t, h.Status().Update(t.Context(), p))
}

func (h host) evict(t *testing.T, r provider.Ref) {
	p := h.pod(t, r)
	p.Status.Phase, p.Status.Reason = corev1.PodFailed, "Evicted"
	p.Status.ContainerStatuses = nil
	must(t, h.Status().Update(t.Context(), p))
}

// reap confirms the end of a Pod that is being deleted, and then, like the controller that protects disks in use, that of its claim.
func (h host) reap(t *testing.T, r provider.Ref) {
	p := &corev1.Pod{}
	if exists(t, h.Get(t.Context(), keyOf(r), p)) && p.DeletionTimestamp != nil {
		must(t, client.IgnoreNotFound(h.Delete(t.Context(), p, client.GracePeriodSeconds(0))))
	}
	claim := &corev1.PersistentVolumeClaim{}
	if exists(t, h.Get(t.Context(), keyOf(r), claim)) && claim.DeletionTimestamp != nil {
		claim.Finalizers = nil
		must(t, client.IgnoreNotFound(h.Update(t.Context(), claim)))
	}
}

func (h host) disk(t *testing.T, r provider.Ref) string {
	claim := &corev1.PersistentVolumeClaim{}
	must(t, h.Get(t.Context(), keyOf(r), claim))
	return string(claim.UID)
}

func (h host) pod(t *testing.T, r provider.Ref) *corev1.Pod {
	t.Helper()
	p := &corev1.Pod{}
	must(t, h.Get(t.Context(), keyOf(r), p))
	return p
}

func keyOf(r provider.Ref) client.ObjectKey {
	return client.ObjectKey{Namespace: r.Namespace, Name: r.Name}
}

func exists(t *testing.T, err error) bool {
	t.Helper()
	must(t, client.IgnoreNotFound(err))
	return err == nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
