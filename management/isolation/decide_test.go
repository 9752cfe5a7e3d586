package isolation

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"lotse.dev/api/v1alpha1"
)

// world has two customers, a and b, with an etcd each, and the service.
func world(policies ...*networkingv1.NetworkPolicy) Facts {
	pod := func(namespace, name, address string, l ...string) Pod {
		p := Pod{Namespace: namespace, Name: name, Labels: labels.Set{}, Address: netip.MustParseAddr(address)}
		for _, key := range l {
			p.Labels[key] = "yes"
		}
		return p
	}
	return Facts{
		Namespaces: map[string]labels.Set{
			"mc-a": {v1alpha1.LabelCluster: "a"}, "mc-a-nodes": {v1alpha1.LabelCluster: "a"},
			"mc-b": {v1alpha1.LabelCluster: "b"}, "system": {"name": "system"},
		},
		Pods: []Pod{
			pod("system", "lotse", "100.96.0.9"), pod("mc-a", "etcd", "100.96.0.2", "store"), pod("mc-a", "api", "100.96.0.3", "api"),
			pod("mc-b", "etcd", "100.96.0.4", "store"), pod("mc-a-nodes", "machine", "100.96.0.5", "machine"), pod("gone", "x", "100.96.0.6"),
		},
		Policies: policies,
	}
}

func policy(pods map[string]string, rules ...networkingv1.NetworkPolicyIngressRule) *networkingv1.NetworkPolicy {
	return &networkingv1.NetworkPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: "mc-a", Name: "p"},
		Spec:       networkingv1.NetworkPolicySpec{PodSelector: metav1.LabelSelector{MatchLabels: pods}, Ingress: rules},
	}
}

func from(peers ...networkingv1.NetworkPolicyPeer) networkingv1.NetworkPolicyIngressRule {
	return networkingv1.NetworkPolicyIngressRule{From: peers}
}

func has(key string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{key: "yes"}}
}

func to(rule networkingv1.NetworkPolicyIngressRule, ports ...networkingv1.NetworkPolicyPort) networkingv1.NetworkPolicyIngressRule {
	rule.Ports = ports
	return rule
}

func TestWhoMayReachAPod(t *testing.T) {
	store := map[string]string{"store": "yes"}
	all := &metav1.LabelSelector{}
	for sentence, c := range map[string]struct {
		policy          *networkingv1.NetworkPolicy
		inside, outside []string // matches for connections to the store of a
	}{
		"a policy without rules admits no connection": {policy(store), nil, nil},
		"a rule without sources admits connections from everywhere": {
			policy(store, from()), []string{""}, []string{""},
		},
		"a Pod selector means Pods of the policy's namespace": {
			policy(store, from(networkingv1.NetworkPolicyPeer{PodSelector: has("api")})), []string{"ip saddr { 100.96.0.3 }"}, nil,
		},
		"a Pod selector does not mean Pods with the same labels elsewhere": {
			policy(store, from(networkingv1.NetworkPolicyPeer{PodSelector: has("store")})), []string{"ip saddr { 100.96.0.2 }"}, nil,
		},
		"a namespace selector alone means all its Pods": {
			policy(store, from(networkingv1.NetworkPolicyPeer{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"name": "system"}}})),
			[]string{"ip saddr { 100.96.0.9 }"}, nil,
		},
		"both selectors mean Pods that both select": {
			policy(store, from(networkingv1.NetworkPolicyPeer{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelCluster: "a"}}, PodSelector: has("machine"),
			})),
			[]string{"ip saddr { 100.96.0.5 }"}, nil,
		},
		"all namespaces are those that are known": {
			policy(store, from(networkingv1.NetworkPolicyPeer{NamespaceSelector: all})),
			[]string{"ip saddr { 100.96.0.9, 100.96.0.2, 100.96.0.3, 100.96.0.5, 100.96.0.4 }"}, nil,
		},
		"a selector that finds no Pod admits no connection": {
			policy(store, from(networkingv1.NetworkPolicyPeer{PodSelector: has("nothing")})), nil, nil,
		},
		"a block of addresses means addresses outside, and no Pod": {
			policy(store, from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8"}}})),
			nil, []string{"ip saddr 0.0.0.0/0 ip saddr != { 10.0.0.0/8 }"},
		},
		"a block of IPv6 addresses admits no connection, because Pods have none": {
			policy(store, from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "::/0"}})), nil, nil,
		},
		"a block with an invalid exception admits no connection": {
			policy(store, from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "10.0.0.0/8", Except: []string{"10.0.0.1"}}})), nil, nil,
		},
		"an invalid selector selects no Pod": {
			policy(store, from(networkingv1.NetworkPolicyPeer{PodSelector: &metav1.LabelSelector{
				MatchExpressions: []metav1.LabelSelectorRequirement{{Key: "store", Operator: "Near"}},
			}})), nil, nil,
		},
		"ports are numbers, ranges or whole protocols": {
			policy(store, to(from(),
				networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromInt32(2379))},
				networkingv1.NetworkPolicyPort{Protocol: ptr.To(corev1.ProtocolUDP), Port: ptr.To(intstr.FromInt32(1)), EndPort: ptr.To[int32](9)},
				networkingv1.NetworkPolicyPort{Protocol: ptr.To(corev1.ProtocolSCTP)})),
			[]string{"tcp dport 2379", "udp dport 1-9", "meta l4proto sctp"}, []string{"tcp dport 2379", "udp dport 1-9", "meta l4proto sctp"},
		},
		"a rule whose only port is a name admits no connection": {
			policy(store, to(from(), networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromString("https"))})), nil, nil,
		},
		"a policy for other Pods does not concern this one": {policy(has("api").MatchLabels, from()), nil, nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := Decide(world(c.policy))
			for side, want := range map[bool][]string{true: c.inside, false: c.outside} {
				var got []string
				for _, g := range p.Groups {
					if slices.Contains(g.Pods, netip.MustParseAddr("100.96.0.2")) {
						for _, r := range p.Policies[0].Rules {
							got = append(got, r.matches(side)...)
						}
					}
				}
				slices.Sort(got)
				if want = slices.Sorted(slices.Values(want)); !sameAddresses(got, want) {
					t.Errorf("inside %t: admits %q, want %q", side, got, want)
				}
			}
		})
	}
}

// sameAddresses compares without regard to the order of addresses in a list.
func sameAddresses(a, b []string) bool {
	words := func(all []string) string {
		var sorted []string
		for _, s := range all {
			sorted = append(sorted, fmt.Sprint(slices.Sorted(strings.FieldsSeq(strings.ReplaceAll(s, ",", "")))))
		}
		return fmt.Sprint(sorted)
	}
	return words(a) == words(b)
}

func TestUnsupportedPartsAreReported(t *testing.T) {
	p := policy(nil, to(from(), networkingv1.NetworkPolicyPort{Port: ptr.To(intstr.FromString("https"))}),
		from(networkingv1.NetworkPolicyPeer{IPBlock: &networkingv1.IPBlock{CIDR: "nonsense"}}))
	p.Spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}
	got := strings.Join(Decide(world(p)).Unsupported, "\n")
	for _, want := range []string{"egress", "https", "nonsense"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not reported: %s", want, got)
		}
	}
}

func TestOnlyTheServicesOwnPodsMayUseTheAPIServer(t *testing.T) {
	if got := Decide(world()).API; len(got) != 1 || got[0].String() != "100.96.0.9" {
		t.Errorf("%v may, want the Pod of namespace system alone: neither a customer's nor one whose namespace is unknown", got)
	}
}

func TestAPodThatNoPolicySelectsIsInNoGroup(t *testing.T) {
	if got := Decide(world()).Groups; len(got) != 0 {
		t.Errorf("%v, want none: a group would admit connections", got)
	}
}

func BenchmarkDecideForAHundredClusters(b *testing.B) {
	f := Facts{Namespaces: map[string]labels.Set{}}
	for i := range 100 {
		name := fmt.Sprint("c", i)
		f.Namespaces[name] = labels.Set{v1alpha1.LabelCluster: name}
		for j := range 15 {
			f.Pods = append(f.Pods, Pod{Namespace: name, Name: fmt.Sprint(j), Labels: labels.Set{"n": fmt.Sprint(j % 5)}, Address: netip.AddrFrom4([4]byte{100, 96, byte(i), byte(j)})})
		}
		for j := range 5 {
			peer := networkingv1.NetworkPolicyPeer{
				NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelCluster: name}},
				PodSelector:       &metav1.LabelSelector{MatchLabels: map[string]string{"n": fmt.Sprint(j)}},
			}
			p := policy(map[string]string{"n": fmt.Sprint(j)}, from(peer), from(peer))
			p.Namespace, p.Name = name, fmt.Sprint("p", j)
			f.Policies = append(f.Policies, p)
		}
	}
	for b.Loop() {
		_ = text(Decide(f))
	}
}
