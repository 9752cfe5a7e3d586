package isolation

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"lotse.dev/api/v1alpha1"
)

// Decide returns what the packet filter admits. Policies mean what Kubernetes says, with two differences, both stricter: a Pod that no
// policy selects admits no connection, and a block of addresses never includes a Pod.
func Decide(f Facts) Plan {
	f.sort()
	var p Plan
	selected := map[netip.Addr][]string{}
	inside := map[string][]Pod{}
	for _, pod := range f.Pods {
		inside[pod.Namespace] = append(inside[pod.Namespace], pod)
	}
	for _, policy := range f.Policies {
		name := policy.Namespace + "/" + policy.Name
		r := translation{facts: f, inside: inside, namespace: policy.Namespace, name: name}
		rules := r.rules(policy.Spec)
		for _, pod := range r.pods(policy.Namespace, &policy.Spec.PodSelector) {
			selected[pod.Address] = append(selected[pod.Address], name)
		}
		p.Policies = append(p.Policies, Policy{Name: name, Rules: rules})
		p.Unsupported = append(p.Unsupported, r.unsupported...)
	}
	for _, pod := range f.Pods {
		if l, known := f.Namespaces[pod.Namespace]; known && !l.Has(v1alpha1.LabelCluster) {
			p.API = append(p.API, pod.Address)
		}
	}
	p.Groups = groups(f.Pods, selected)
	return p
}

// sort makes equal facts give equal plans.
func (f Facts) sort() {
	slices.SortFunc(f.Pods, func(a, b Pod) int { return a.Address.Compare(b.Address) })
	slices.SortFunc(f.Policies, func(a, b *networkingv1.NetworkPolicy) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
}

func groups(pods []Pod, selected map[netip.Addr][]string) (all []Group) {
	at := map[string]int{}
	for _, pod := range pods {
		policies := selected[pod.Address]
		if len(policies) == 0 {
			continue
		}
		key := strings.Join(policies, " ")
		i, known := at[key]
		if !known {
			i = len(all)
			at[key] = i
			all = append(all, Group{Policies: policies})
		}
		all[i].Pods = append(all[i].Pods, pod.Address)
	}
	return all
}

// translation of one policy into rules.
type translation struct {
	facts           Facts
	inside          map[string][]Pod // by namespace
	namespace, name string
	unsupported     []string
}

func (r *translation) reject(what string) {
	r.unsupported = append(r.unsupported, "policy "+r.name+": "+what)
}

func (r *translation) rules(spec networkingv1.NetworkPolicySpec) (all []Rule) {
	if len(spec.Egress) > 0 || slices.Contains(spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
		r.reject("egress is not enforced")
	}
	for _, in := range spec.Ingress {
		rule := Rule{AnySource: len(in.From) == 0}
		for _, peer := range in.From {
			r.peer(peer, &rule)
		}
		if ports, ok := r.ports(in.Ports); ok && (rule.AnySource || len(rule.Pods)+len(rule.Blocks) > 0) {
			rule.Ports = ports
			all = append(all, rule)
		}
	}
	return all
}

func (r *translation) peer(peer networkingv1.NetworkPolicyPeer, rule *Rule) {
	if peer.IPBlock != nil {
		r.block(*peer.IPBlock, rule)
		return
	}
	for _, namespace := range r.namespaces(peer.NamespaceSelector) {
		selector := peer.PodSelector
		if selector == nil {
			selector = &metav1.LabelSelector{}
		}
		for _, pod := range r.pods(namespace, selector) {
			if !slices.Contains(rule.Pods, pod.Address) {
				rule.Pods = append(rule.Pods, pod.Address)
			}
		}
	}
}

func (r *translation) block(b networkingv1.IPBlock, rule *Rule) {
	prefix, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		r.reject("ipBlock: " + err.Error())
		return
	}
	block := Block{Prefix: prefix.Masked()}
	for _, text := range b.Except {
		except, err := netip.ParsePrefix(text)
		if err != nil {
			r.reject("ipBlock: " + err.Error())
			return
		}
		block.Except = append(block.Except, except.Masked())
	}
	if prefix.Addr().Is4() { // the management cluster has no other addresses
		rule.Blocks = append(rule.Blocks, block)
	}
}

func (r *translation) namespaces(selector *metav1.LabelSelector) (names []string) {
	if selector == nil {
		return []string{r.namespace}
	}
	matches := r.selector(selector)
	for name, l := range r.facts.Namespaces {
		if matches.Matches(l) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (r *translation) pods(namespace string, selector *metav1.LabelSelector) (found []Pod) {
	matches := r.selector(selector)
	for _, pod := range r.inside[namespace] {
		if matches.Matches(pod.Labels) {
			found = append(found, pod)
		}
	}
	return found
}

// selector selects nothing if it is invalid.
func (r *translation) selector(of *metav1.LabelSelector) labels.Selector {
	s, err := metav1.LabelSelectorAsSelector(of)
	if err != nil {
		r.reject("selector: " + err.Error())
		return labels.Nothing()
	}
	return s
}

// ports of a rule. If ok is false, the rule lists ports and none of them is supported, which must not mean all ports.
func (r *translation) ports(named []networkingv1.NetworkPolicyPort) (ports []Port, ok bool) {
	for _, n := range named {
		port := Port{Protocol: "tcp"}
		if n.Protocol != nil {
			port.Protocol = strings.ToLower(string(*n.Protocol))
		}
		if n.Port != nil {
			if port.First = n.Port.IntVal; port.First == 0 {
				r.reject("port " + n.Port.String() + " is a name, not a number")
				continue
			}
			port.Last = port.First
		}
		if n.EndPort != nil {
			port.Last = *n.EndPort
		}
		ports = append(ports, port)
	}
	return ports, len(named) == 0 || len(ports) > 0
}
