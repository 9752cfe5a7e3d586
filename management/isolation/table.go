package isolation

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"strings"

	"sigs.k8s.io/knftables"
)

const tableName = "lotse-isolation"

// Table is the enforcer's table of the packet filter, as nft lists it: family and name. Nothing else is in it.
const Table = "inet " + tableName

// Chains that rules jump to, and the maps from a Pod's address to the chain with the policies of its group.
const (
	chainAntiSpoofing = "anti-spoofing"
	chainPodToHost    = "pod-to-host"
	chainFromPod      = "from-pod"
	chainToPod        = "to-pod"
	chainRefuse       = "refuse"
	mapInside         = "inside"
	mapOutside        = "outside"
)

const (
	refuse  = "counter reject with icmpx admin-prohibited"
	replies = "ct state established,related accept"
)

// linkLocal is closed to Pods: clouds hand out the credentials of their hosts there.
var linkLocal = netip.MustParsePrefix("169.254.0.0/16")

// multicast has no way back.
var multicast = netip.MustParsePrefix("224.0.0.0/4")

// HostConfig is what the rules need to know about the host. It does not change while the enforcer runs.
type HostConfig struct {
	// LinkGroup is the group of the host's ends of Pod links. No other link is in it.
	LinkGroup int
	// Pods and Services are the networks of the management cluster; Reserved is the range that contains all its addresses.
	Pods, Services, Reserved netip.Prefix
	// API is the address of the management cluster's API server on this host.
	API netip.AddrPort
	// Resolvers are the name servers of Pods; only those that are addresses of this host matter.
	Resolvers []netip.Addr
}

// writer adds the table's content to a transaction.
type writer struct {
	*knftables.Transaction
	host HostConfig
	plan Plan
}

// replacement is the transaction that replaces the table, if there is one, by that of the plan.
func replacement(nft knftables.Interface, h HostConfig, p Plan) *knftables.Transaction {
	w := writer{nft.NewTransaction(), h, p}
	w.Add(&knftables.Table{}) // so that there is one to delete
	w.Delete(&knftables.Table{})
	w.Add(&knftables.Table{})
	w.declare()
	w.prerouting()
	w.input()
	w.forward()
	w.postrouting()
	w.side(mapInside, true)
	w.side(mapOutside, false)
	return w.Transaction
}

// declare adds all chains and maps, which must exist before rules refer to them.
func (w writer) declare() {
	w.base(knftables.PreroutingHook, knftables.RawPriority)
	w.base(knftables.InputHook, knftables.FilterPriority)
	w.base(knftables.ForwardHook, knftables.FilterPriority)
	w.attached(knftables.PostroutingHook, knftables.NATType, knftables.SNATPriority)
	for _, name := range []string{chainAntiSpoofing, chainPodToHost, chainFromPod, chainToPod, chainRefuse} {
		w.Add(&knftables.Chain{Name: name})
	}
	for _, side := range []string{mapInside, mapOutside} {
		w.Add(&knftables.Map{Name: side, Type: "ipv4_addr : verdict"})
		for i := range w.plan.Groups {
			w.Add(&knftables.Chain{Name: groupChain(side, i)})
		}
		for _, policy := range w.plan.Policies {
			w.Add(&knftables.Chain{Name: policyChain(side, policy.Name)})
		}
	}
}

// base adds a chain that filters.
func (w writer) base(hook knftables.BaseChainHook, priority knftables.BaseChainPriority) {
	w.attached(hook, knftables.FilterType, priority)
}

// attached adds a chain that is attached to a hook and named after it.
func (w writer) attached(hook knftables.BaseChainHook, kind knftables.BaseChainType, priority knftables.BaseChainPriority) {
	w.Add(&knftables.Chain{Name: string(hook), Type: &kind, Hook: &hook, Priority: &priority, Policy: knftables.PtrTo(knftables.AcceptPolicy)})
}

func (w writer) rule(chain string, parts ...any) {
	w.Add(&knftables.Rule{Chain: chain, Rule: knftables.Concat(parts...)})
}

// prerouting drops packets from Pods that do not come from the Pod's own IPv4 address.
func (w writer) prerouting() {
	w.rule(string(knftables.PreroutingHook), "meta iifgroup", w.host.LinkGroup, "jump", chainAntiSpoofing)
	w.rule(chainAntiSpoofing, "meta nfproto != ipv4 drop")
	w.rule(chainAntiSpoofing, "fib saddr . iif oif missing counter drop")
	w.rule(chainAntiSpoofing, "ip daddr 127.0.0.0/8 counter drop")
}

// input decides on packets to this host.
func (w writer) input() {
	w.rule(string(knftables.InputHook), "meta iifgroup", w.host.LinkGroup, "goto", chainPodToHost)
	w.rule(string(knftables.InputHook), `meta iifname != "lo" ip daddr`, w.host.Reserved, refuse)
	w.rule(chainPodToHost, replies)
	if len(w.plan.API) > 0 {
		w.rule(chainPodToHost, "ip saddr", list(w.plan.API), "ip daddr", w.host.API.Addr(), "tcp dport", int(w.host.API.Port()), "accept")
	}
	if len(w.host.Resolvers) > 0 {
		w.rule(chainPodToHost, "ip daddr", list(w.host.Resolvers), "meta l4proto { tcp, udp } th dport 53 accept")
	}
	w.rule(chainPodToHost, refuse)
}

// forward decides on packets that the host routes, first by the Pod that they go to.
func (w writer) forward() {
	w.rule(string(knftables.ForwardHook), replies)
	w.rule(string(knftables.ForwardHook), "meta oifgroup", w.host.LinkGroup, "goto", chainToPod)
	w.rule(string(knftables.ForwardHook), "meta iifgroup", w.host.LinkGroup, "goto", chainFromPod)
	w.rule(chainFromPod, "ip daddr", list([]netip.Prefix{w.host.Reserved, linkLocal}), refuse)
	cluster := list([]netip.Prefix{w.host.Pods, w.host.Services})
	w.rule(chainToPod, "ct original ip daddr !=", cluster, "ip daddr vmap @"+mapOutside)
	w.rule(chainToPod, "ct original ip daddr", cluster, "meta iifgroup", w.host.LinkGroup, "ip daddr vmap @"+mapInside)
	w.rule(chainToPod, "goto", chainRefuse)
	w.rule(chainRefuse, refuse)
}

// postrouting gives what Pods send out of the cluster the address of this host, by which answers find the way back.
func (w writer) postrouting() {
	w.rule(string(knftables.PostroutingHook), "ip saddr", w.host.Pods, "ip daddr !=", list([]netip.Prefix{w.host.Pods, multicast}), "masquerade")
}

// side adds what is admitted to Pods for connections of one side: inside (from Pods to addresses of Pods and Services), or outside.
func (w writer) side(side string, inside bool) {
	for i, group := range w.plan.Groups {
		chain := groupChain(side, i)
		for _, pod := range group.Pods {
			w.Add(&knftables.Element{Map: side, Key: []string{pod.String()}, Value: []string{"goto " + chain}})
		}
		for _, policy := range group.Policies {
			w.rule(chain, "jump", policyChain(side, policy))
		}
		w.rule(chain, "goto", chainRefuse)
	}
	for _, policy := range w.plan.Policies {
		for _, rule := range policy.Rules {
			for _, match := range rule.matches(inside) {
				w.rule(policyChain(side, policy.Name), strings.TrimSpace(match+" accept"))
			}
		}
	}
}

func groupChain(side string, group int) string { return fmt.Sprintf("%s-%d", side, group) }

// policyChain is the name of a policy's chain. The kernel takes 255 bytes.
func policyChain(side, policy string) string {
	if len(policy) > 200 {
		policy = fmt.Sprintf("%x", sha256.Sum256([]byte(policy)))
	}
	return side + "-" + policy
}

// matches are the rule's matches for one side, one for each combination of source and port.
func (r Rule) matches(inside bool) (all []string) {
	for _, source := range r.sources(inside) {
		for _, ports := range r.destinations() {
			all = append(all, strings.TrimSpace(source+" "+ports))
		}
	}
	return all
}

func (r Rule) sources(inside bool) (all []string) {
	switch {
	case r.AnySource:
		return []string{""}
	case inside && len(r.Pods) > 0:
		return []string{"ip saddr " + list(r.Pods)}
	case inside:
		return nil
	}
	for _, b := range r.Blocks {
		match := "ip saddr " + b.Prefix.String()
		if len(b.Except) > 0 {
			match += " ip saddr != " + list(b.Except)
		}
		all = append(all, match)
	}
	return all
}

func (r Rule) destinations() (all []string) {
	if len(r.Ports) == 0 {
		return []string{""}
	}
	for _, p := range r.Ports {
		switch {
		case p.First == 0:
			all = append(all, "meta l4proto "+p.Protocol)
		case p.First == p.Last:
			all = append(all, fmt.Sprintf("%s dport %d", p.Protocol, p.First))
		default:
			all = append(all, fmt.Sprintf("%s dport %d-%d", p.Protocol, p.First, p.Last))
		}
	}
	return all
}

func list[T fmt.Stringer](all []T) string {
	texts := make([]string, 0, len(all))
	for _, a := range all {
		texts = append(texts, a.String())
	}
	return "{ " + strings.Join(texts, ", ") + " }"
}
