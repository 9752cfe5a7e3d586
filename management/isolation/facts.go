package isolation

import (
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Facts are what the rules depend on.
type Facts struct {
	// Namespaces' labels by name.
	Namespaces map[string]labels.Set
	// Pods that have an address of their own, each address once.
	Pods     []Pod
	Policies []*networkingv1.NetworkPolicy
}

// Pod is what rules need of one.
type Pod struct {
	Namespace, Name string
	Labels          labels.Set
	Address         netip.Addr
}

// Plan is what the packet filter has to do.
type Plan struct {
	// API are the Pods that may use the management cluster's API server.
	API []netip.Addr
	// Groups of Pods that are selected by the same policies. A Pod in no group admits nobody.
	Groups []Group
	// Policies by name ("namespace/name").
	Policies []Policy
	// Unknown says what in the policies is not understood. It admits nobody.
	Unknown []string
}

// Group of Pods admits what any of its policies does.
type Group struct {
	Pods     []netip.Addr
	Policies []string
}

// Policy admits what any of its rules does.
type Policy struct {
	Name  string
	Rules []Rule
}

// Rule admits connections of certain sources to certain ports.
type Rule struct {
	// Anybody: every Pod and the world outside.
	Anybody bool
	// Pods inside, and Blocks of addresses outside.
	Pods   []netip.Addr
	Blocks []Block
	// Ports; none means all.
	Ports []Port
}

// Block of addresses outside the cluster.
type Block struct {
	Prefix netip.Prefix
	Except []netip.Prefix
}

// Port or range of ports of a protocol: tcp, udp or sctp. A First of 0 means all ports.
type Port struct {
	Protocol    string
	First, Last int32
}
