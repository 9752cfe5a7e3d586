package podcidr

import (
	"fmt"
	"net/netip"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Allocator remembers what it gave to nodes: what is cached of a cluster shows a new node only a moment after it was made, and a node that a
// customer deletes is registered again. The zero value is ready for use. It is safe for concurrent use.
//
// A process that takes over starts with what the nodes of a cluster have.
type Allocator struct {
	mu sync.Mutex
	// given by cluster and node.
	given map[types.NamespacedName]map[string]netip.Prefix
}

// For returns the addresses of a node's Pods: those that the node has, or got before, or the lowest that no other node has.
func (a *Allocator) For(cluster types.NamespacedName, node, network string, nodes []*corev1.Node) (string, error) {
	whole, err := netip.ParsePrefix(network)
	if err != nil || !whole.Addr().Is4() {
		return "", fmt.Errorf("the cluster's Pod network %q is no IPv4 CIDR such as 10.244.0.0/16", network)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	own, taken := a.taken(cluster, node, nodes)
	if !own.IsValid() {
		if own, err = Next(whole, taken); err != nil {
			return "", err
		}
	}
	if a.given == nil {
		a.given = map[types.NamespacedName]map[string]netip.Prefix{}
	}
	if a.given[cluster] == nil {
		a.given[cluster] = map[string]netip.Prefix{}
	}
	a.given[cluster][node] = own
	return own.String(), nil
}

// taken are the parts of all other nodes, and own is the node's, if it has one or got one that nobody else has.
func (a *Allocator) taken(cluster types.NamespacedName, node string, nodes []*corev1.Node) (own netip.Prefix, taken []netip.Prefix) {
	own = a.given[cluster][node]
	for name, p := range a.given[cluster] {
		if name != node {
			taken = append(taken, p)
		}
	}
	for _, n := range nodes {
		p, err := netip.ParsePrefix(n.Spec.PodCIDR)
		switch {
		case err != nil: // it has none yet, or one that is no use
		case n.Name == node:
			return p, nil
		default:
			taken = append(taken, p)
		}
	}
	for _, p := range taken {
		if own.IsValid() && own.Overlaps(p) {
			own = netip.Prefix{}
		}
	}
	return own, taken
}

// Release what a node got: its machine is gone.
func (a *Allocator) Release(cluster types.NamespacedName, node string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.given[cluster], node)
	if len(a.given[cluster]) == 0 {
		delete(a.given, cluster)
	}
}
