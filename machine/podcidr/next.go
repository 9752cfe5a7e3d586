// Package podcidr gives each node of a cluster the addresses of its Pods: a part of the cluster's Pod network that no other node has.
//
// Kubernetes' own allocator is off: it could give a node its addresses only some time after the node was made, and a node that is made ahead has
// them at once. What nodes have already stays theirs, whoever gave it.
package podcidr

import (
	"fmt"
	"net/netip"
	"slices"
)

// nodeBits is the size of a node's part, as Kubernetes' allocator cuts it: 254 addresses.
const nodeBits = 24

// Next is the lowest part of a network that overlaps nothing that is taken.
func Next(network netip.Prefix, taken []netip.Prefix) (netip.Prefix, error) {
	if network.Bits() > nodeBits {
		return netip.Prefix{}, fmt.Errorf("the Pod network %s is smaller than a node's /%d", network, nodeBits)
	}
	for first := network.Masked().Addr(); network.Contains(first); first = after(first) {
		next := netip.PrefixFrom(first, nodeBits)
		if !slices.ContainsFunc(taken, next.Overlaps) {
			return next, nil
		}
	}
	return netip.Prefix{}, fmt.Errorf("the Pod network %s has no /%d left for another node: all %d are taken; remove nodes",
		network, nodeBits, 1<<(nodeBits-network.Bits()))
}

// after a part's first address, the first of the next part; not valid after the last of all addresses.
func after(first netip.Addr) netip.Addr {
	b := first.As4()
	b[3] = 255
	return netip.AddrFrom4(b).Next()
}
