package podcidr

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func TestNext(t *testing.T) {
	for sentence, c := range map[string]struct {
		network string
		taken   []string
		want    string // "" means that there is none
	}{
		"the first node gets the lowest part":                      {"10.244.0.0/16", nil, "10.244.0.0/24"},
		"the next one gets the next":                               {"10.244.0.0/16", []string{"10.244.0.0/24", "10.244.1.0/24"}, "10.244.2.0/24"},
		"a part that was freed is used again":                      {"10.244.0.0/16", []string{"10.244.0.0/24", "10.244.2.0/24"}, "10.244.1.0/24"},
		"the order of nodes does not matter":                       {"10.244.0.0/16", []string{"10.244.1.0/24", "10.244.0.0/24"}, "10.244.2.0/24"},
		"two nodes that share one already count once":              {"10.244.0.0/16", []string{"10.244.0.0/24", "10.244.0.0/24"}, "10.244.1.0/24"},
		"parts outside of the network do not count":                {"10.244.0.0/16", []string{"10.0.0.0/24"}, "10.244.0.0/24"},
		"a larger part is left out as a whole":                     {"10.244.0.0/16", []string{"10.244.0.0/22"}, "10.244.4.0/24"},
		"a smaller part takes the one that it is in":               {"10.244.0.0/16", []string{"10.244.0.128/25"}, "10.244.1.0/24"},
		"a network that is written by an address in it is read":    {"10.244.7.9/16", nil, "10.244.0.0/24"},
		"a network for one node has one part":                      {"10.1.2.0/24", nil, "10.1.2.0/24"},
		"a full network has none":                                  {"10.1.2.0/23", []string{"10.1.2.0/24", "10.1.3.0/24"}, ""},
		"a part that is larger than the network leaves none":       {"10.1.2.0/24", []string{"10.1.0.0/16"}, ""},
		"the last part of all addresses is used and none after it": {"255.255.254.0/23", []string{"255.255.254.0/24", "255.255.255.0/24"}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			var taken []netip.Prefix
			for _, p := range c.taken {
				taken = append(taken, netip.MustParsePrefix(p))
			}
			got, err := Next(netip.MustParsePrefix(c.network), taken)
			if (err == nil) != (c.want != "") || err == nil && got.String() != c.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

var cluster = types.NamespacedName{Namespace: "sub-1", Name: "cluster"}

func node(name, cidr string) *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.NodeSpec{PodCIDR: cidr}}
}

func TestAllocator(t *testing.T) {
	for sentence, c := range map[string]struct {
		before func(*Allocator)
		nodes  []*corev1.Node
		want   string
	}{
		"a node keeps what it has, whoever gave it":                      {nil, []*corev1.Node{node("vm0", "10.244.9.0/24")}, "10.244.9.0/24"},
		"what other nodes have is not given":                             {nil, []*corev1.Node{node("vm1", "10.244.0.0/24")}, "10.244.1.0/24"},
		"what was given and is not cached yet is not given":              {gave("vm1"), nil, "10.244.1.0/24"},
		"a node that is registered again gets what it had":               {gave("vm1", "vm0"), nil, "10.244.1.0/24"},
		"unless another has it by now":                                   {gave("vm0"), []*corev1.Node{node("vm1", "10.244.0.0/24")}, "10.244.1.0/24"},
		"what was given to a machine that is gone is given again":        {func(a *Allocator) { gave("vm1")(a); a.Release(cluster, "vm1") }, nil, "10.244.0.0/24"},
		"what another cluster's nodes have does not count":               {func(a *Allocator) { _, _ = a.For(types.NamespacedName{Name: "b"}, "vm1", "10.244.0.0/16", nil) }, nil, "10.244.0.0/24"},
		"a node without addresses, or with strange ones, has taken none": {nil, []*corev1.Node{node("vm1", ""), node("vm2", "x")}, "10.244.0.0/24"},
	} {
		t.Run(sentence, func(t *testing.T) {
			a := &Allocator{}
			if c.before != nil {
				c.before(a)
			}
			got, err := a.For(cluster, "vm0", "10.244.0.0/16", c.nodes)
			if err != nil || got != c.want {
				t.Errorf("got %s, %v, want %s", got, err, c.want)
			}
		})
	}
	if _, err := (&Allocator{}).For(cluster, "vm0", "10.244.0.0", nil); err == nil {
		t.Error("a network that cannot be read is accepted")
	}
}

func gave(nodes ...string) func(*Allocator) {
	return func(a *Allocator) {
		for _, n := range nodes {
			_, _ = a.For(cluster, n, "10.244.0.0/16", nil)
		}
	}
}

func TestNoTwoNodesThatAreMadeAtOnceShareAddresses(t *testing.T) {
	a, seen := &Allocator{}, sync.Map{}
	var all sync.WaitGroup
	for i := range 256 {
		all.Go(func() {
			got, err := a.For(cluster, fmt.Sprintf("vm%d", i), "10.244.0.0/16", nil)
			if other, twice := seen.LoadOrStore(got, i); err != nil || twice {
				t.Errorf("nodes %d and %v have %s, %v", i, other, got, err)
			}
		})
	}
	all.Wait()
}
