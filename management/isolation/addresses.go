package isolation

import (
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// addresses are those of Pods, as the CNI plugin announces them. A Pod's status has its address too, but up to two seconds later, after an
// API server has tried to reach its etcd.
type addresses struct {
	mu    sync.Mutex
	of    map[types.UID]netip.Addr
	owner map[netip.Addr]types.UID
}

func newAddresses() *addresses {
	return &addresses{of: map[types.UID]netip.Addr{}, owner: map[netip.Addr]types.UID{}}
}

// assign an address to a Pod. A Pod that had it before has it no longer, even if its status still shows it.
func (a *addresses) assign(pod types.UID, address netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of[pod], a.owner[address] = address, pod
}

// release the address of a deleted Pod.
func (a *addresses) release(pod types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if address, has := a.of[pod]; has && a.owner[address] == pod {
		delete(a.owner, address)
	}
	delete(a.of, pod)
}

// pods returns the Pods that have an address of their own. If two have the same in their status, the younger one has it.
func (a *addresses) pods(all []*corev1.Pod) (found []Pod) {
	a.mu.Lock()
	defer a.mu.Unlock()
	newest := map[netip.Addr]*corev1.Pod{}
	for _, p := range all {
		address, ok := a.address(p)
		if !ok {
			continue
		}
		if other := newest[address]; other == nil || other.CreationTimestamp.Before(&p.CreationTimestamp) {
			newest[address] = p
		}
	}
	for address, p := range newest {
		found = append(found, Pod{Namespace: p.Namespace, Name: p.Name, Labels: p.Labels, Address: address})
	}
	return found
}

func (a *addresses) address(p *corev1.Pod) (netip.Addr, bool) {
	if p.Spec.HostNetwork || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return netip.Addr{}, false
	}
	if address, announced := a.of[p.UID]; announced {
		return address, a.owner[address] == p.UID
	}
	address, err := netip.ParseAddr(p.Status.PodIP)
	if owner, taken := a.owner[address]; err != nil || taken && owner != p.UID {
		return netip.Addr{}, false
	}
	return address, true
}
