package isolation

import (
	"net/netip"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestAddresses(t *testing.T) {
	pod := func(name, address string, change ...func(*corev1.Pod)) *corev1.Pod {
		p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name)}}
		p.Status.PodIP, p.Status.Phase = address, corev1.PodRunning
		for _, c := range change {
			c(p)
		}
		return p
	}
	ended := func(p *corev1.Pod) { p.Status.Phase = corev1.PodSucceeded }
	onHost := func(p *corev1.Pod) { p.Spec.HostNetwork = true }
	later := func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(time.Unix(1, 0)) }
	for sentence, c := range map[string]struct {
		announced map[string]string
		pods      []*corev1.Pod
		want      map[string]string // Pod by address
	}{
		"a Pod has the address of its status":                     {nil, []*corev1.Pod{pod("a", "100.96.0.2")}, map[string]string{"100.96.0.2": "a"}},
		"a Pod without an address has none":                       {nil, []*corev1.Pod{pod("a", "")}, nil},
		"a Pod on the host's network has none of its own":         {nil, []*corev1.Pod{pod("a", "100.98.0.1", onHost)}, nil},
		"a Pod that has ended has none, whatever its status says": {nil, []*corev1.Pod{pod("a", "100.96.0.2", ended)}, nil},
		"the CNI plugin knows an address before the status does":  {map[string]string{"a": "100.96.0.2"}, []*corev1.Pod{pod("a", "")}, map[string]string{"100.96.0.2": "a"}},
		"an address that went to another Pod is no longer the old one's": {
			map[string]string{"b": "100.96.0.2"}, []*corev1.Pod{pod("a", "100.96.0.2"), pod("b", "")}, map[string]string{"100.96.0.2": "b"},
		},
		"a Pod that was given another address has only that": {
			map[string]string{"a": "100.96.0.3"}, []*corev1.Pod{pod("a", "100.96.0.2")}, map[string]string{"100.96.0.3": "a"},
		},
		"of two that claim an address the younger has it": {
			nil, []*corev1.Pod{pod("young", "100.96.0.2", later), pod("old", "100.96.0.2")}, map[string]string{"100.96.0.2": "young"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			a := newAddresses()
			for uid, address := range c.announced {
				a.assign(types.UID(uid), netip.MustParseAddr(address))
			}
			got := a.pods(c.pods)
			if len(got) != len(c.want) {
				t.Fatalf("%v, want %v", got, c.want)
			}
			for _, p := range got {
				if c.want[p.Address.String()] != p.Name {
					t.Errorf("%s has %s, want %v", p.Name, p.Address, c.want)
				}
			}
		})
	}
}

func TestADeletedPodReleasesItsAddress(t *testing.T) {
	a := newAddresses()
	address := netip.MustParseAddr("100.96.0.2")
	a.assign("old", address)
	a.release("old")
	young := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "young", UID: "young"}, Status: corev1.PodStatus{PodIP: address.String()}}
	if got := a.pods([]*corev1.Pod{young}); len(got) != 1 {
		t.Errorf("%v, want the young Pod with the old one's address", got)
	}
}
