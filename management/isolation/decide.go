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

// Decide what is let through. Policies mean what Kubernetes says, with two differences, both towards closed: a Pod that no policy selects
// admits nobody, and a block of addresses never means a Pod.
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
		r := reading{facts: f, inside: inside, namespace: policy.Namespace, name: name}
		rules := r.rules(policy.Spec)
		for _, pod := range r.pods(policy.Namespace, &policy.Spec.PodSelector) {
			selected[pod.Address] = append(selected[pod.Address], name)
		}
		p.Policies = append(p.Policies, Policy{Name: name, Rules: rules})
		p.Unknown = append(p.Unknown, r.unknown...)
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

// reading of one policy.
type reading struct {
	facts           Facts
	inside          map[string][]Pod // by namespace
	namespace, name string
	unknown         []string
}

func (r *reading) say(what string) { r.unknown = append(r.unknown, "policy "+r.name+": "+what) }

func (r *reading) rules(spec networkingv1.NetworkPolicySpec) (all []Rule) {
	if len(spec.Egress) > 0 || slices.Contains(spec.PolicyTypes, networkingv1.PolicyTypeEgress) {
		r.say("egress is not enforced")
	}
	for _, in := range spec.Ingress {
		rule := Rule{Anybody: len(in.From) == 0}
		for _, peer := range in.From {
			r.peer(peer, &rule)
		}
		if ports, ok := r.ports(in.Ports); ok && (rule.Anybody || len(rule.Pods)+len(rule.Blocks) > 0) {
			rule.Ports = ports
			all = append(all, rule)
		}
	}
	return all
}

func (r *reading) peer(peer networkingv1.NetworkPolicyPeer, rule *Rule) {
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

func (r *reading) block(b networkingv1.IPBlock, rule *Rule) {
	prefix, err := netip.ParsePrefix(b.CIDR)
	if err != nil {
		r.say("ipBlock: " + err.Error())
		return
	}
	block := Block{Prefix: prefix.Masked()}
	for _, text := range b.Except {
		except, err := netip.ParsePrefix(text)
		if err != nil {
			r.say("ipBlock: " + err.Error())
			return
		}
		block.Except = append(block.Except, except.Masked())
	}
	if prefix.Addr().Is4() { // the management cluster has no other addresses
		rule.Blocks = append(rule.Blocks, block)
	}
}

func (r *reading) namespaces(selector *metav1.LabelSelector) (names []string) {
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

func (r *reading) pods(namespace string, selector *metav1.LabelSelector) (found []Pod) {
	matches := r.selector(selector)
	for _, pod := range r.inside[namespace] {
		if matches.Matches(pod.Labels) {
			found = append(found, pod)
		}
	}
	return found
}

// selector that selects nothing where it is not understood.
func (r *reading) selector(of *metav1.LabelSelector) labels.Selector {
	s, err := metav1.LabelSelectorAsSelector(of)
	if err != nil {
		r.say("selector: " + err.Error())
		return labels.Nothing()
	}
	return s
}

// ports of a rule. Not ok means that none of those it names is understood, which is not the same as all.
func (r *reading) ports(named []networkingv1.NetworkPolicyPort) (ports []Port, ok bool) {
	for _, n := range named {
		port := Port{Protocol: "tcp"}
		if n.Protocol != nil {
			port.Protocol = strings.ToLower(string(*n.Protocol))
		}
		if n.Port != nil {
			if port.First = n.Port.IntVal; port.First == 0 {
				r.say("port " + n.Port.String() + " is a name, not a number")
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
