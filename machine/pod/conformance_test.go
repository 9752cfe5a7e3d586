package pod

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/apitest"
	"lotse.dev/machine/provider"
	"lotse.dev/machine/provider/conformance"
)

// TestConformance runs the suite on a real API server. It has no kubelet, so the test plays one: it reports what a kubelet would.
func TestConformance(t *testing.T) {
	c, err := client.New(apitest.Start(t), client.Options{Scheme: scheme.Scheme})
	if err != nil {
		t.Fatal(err)
	}
	conformance.Test(t, func(t *testing.T) conformance.Environment {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "machines-"}}
		must(t, c.Create(t.Context(), namespace))
		kubelet := kubelet{c}
		return conformance.Environment{
			Provider: New(c), Instance: example(namespace.Name), Run: kubelet.run, Kill: kubelet.evict, Reap: kubelet.reap,
		}
	})
}

// kubelet is the part of one that an API server without nodes needs.
type kubelet struct{ client.Client }

func (k kubelet) run(t *testing.T, r provider.Ref) {
	p := k.get(t, r)
	bind := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: r.Name}, Target: corev1.ObjectReference{Kind: "Node", Name: "host"}}
	must(t, k.SubResource("binding").Create(t.Context(), p, bind))
	p = k.get(t, r)
	p.Status.Phase, p.Status.PodIP, p.Status.PodIPs = corev1.PodRunning, "100.96.0.7", []corev1.PodIP{{IP: "100.96.0.7"}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "machine", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}
	must(t, k.Status().Update(t.Context(), p))
}

func (k kubelet) evict(t *testing.T, r provider.Ref) {
	p := k.get(t, r)
	p.Status.Phase, p.Status.Reason = corev1.PodFailed, "Evicted"
	p.Status.ContainerStatuses = nil
	must(t, k.Status().Update(t.Context(), p))
}

// reap confirms the end of a Pod, and then, like the controllers that protect disks in use, that of its claim.
func (k kubelet) reap(t *testing.T, r provider.Ref) {
	must(t, client.IgnoreNotFound(k.Delete(t.Context(), k.get(t, r), client.GracePeriodSeconds(0))))
	claim := &corev1.PersistentVolumeClaim{}
	if err := k.Get(t.Context(), key(r), claim); err != nil {
		must(t, client.IgnoreNotFound(err))
		return
	}
	claim.Finalizers = nil
	must(t, k.Update(t.Context(), claim))
}

func (k kubelet) get(t *testing.T, r provider.Ref) *corev1.Pod {
	t.Helper()
	p := &corev1.Pod{}
	must(t, k.Get(t.Context(), key(r), p))
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
