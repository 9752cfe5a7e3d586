package isolation

import (
	"net/netip"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Facts are everything that the rules depend on.
type Facts struct {
	// Namespaces are the labels of namespaces by name.
	Namespaces map[string]labels.Set
	// Pods are those with an address of their own, each address once.
	Pods     []Pod
	Policies []*networkingv1.NetworkPolicy
}

// Pod is what rules depend on in a Pod.
type Pod struct {
	Namespace, Name string
	Labels          labels.Set
	Address         netip.Addr
}

// Plan is what the packet filter admits. Everything else is refused.
type Plan struct {
	// API are the Pods that may use the management cluster's API server.
	API []netip.Addr
	// Groups are Pods that are selected by the same policies. A Pod in no group admits no connection.
	Groups []Group
	// Policies by name ("namespace/name").
	Policies []Policy
	// Unsupported lists what in the policies is not enforced as written. Such parts admit no connection.
	Unsupported []string
}

// Group is a number of Pods that admit what any of the policies admits.
type Group struct {
	Pods     []netip.Addr
	Policies []string
}

// Policy admits what any of its rules admits.
type Policy struct {
	Name  string
	Rules []Rule
}

// Rule admits connections from its sources to its ports.
type Rule struct {
	// AnySource admits every Pod and every address outside.
	AnySource bool
	// Pods are sources inside the cluster, Blocks are sources outside.
	Pods   []netip.Addr
	Blocks []Block
	// Ports that are admitted; none means all.
	Ports []Port
}

// Block is a range of addresses outside the cluster.
type Block struct {
	Prefix netip.Prefix
	Except []netip.Prefix
}

// Port is a range of ports of a protocol (tcp, udp or sctp). A First of 0 means all ports.
type Port struct {
	Protocol    string
	First, Last int32
}
