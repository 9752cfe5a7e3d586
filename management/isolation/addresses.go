package isolation

import (
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// addresses are those of Pods, as the network plugin says them. The Pod's own status says so too, but up to two seconds later, when an API
// server has long tried to reach its store.
type addresses struct {
	mu    sync.Mutex
	of    map[types.UID]netip.Addr
	owner map[netip.Addr]types.UID
}

func newAddresses() *addresses {
	return &addresses{of: map[types.UID]netip.Addr{}, owner: map[netip.Addr]types.UID{}}
}

// give an address to a Pod. Whoever had it before has it no longer, even if its status still says so.
func (a *addresses) give(pod types.UID, address netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.of[pod], a.owner[address] = address, pod
}

// forget a Pod that is gone.
func (a *addresses) forget(pod types.UID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if address, has := a.of[pod]; has && a.owner[address] == pod {
		delete(a.owner, address)
	}
	delete(a.of, pod)
}

// pods are those that have an address of their own.
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
	if address, told := a.of[p.UID]; told {
		return address, a.owner[address] == p.UID
	}
	address, err := netip.ParseAddr(p.Status.PodIP)
	if owner, taken := a.owner[address]; err != nil || taken && owner != p.UID {
		return netip.Addr{}, false
	}
	return address, true
}
