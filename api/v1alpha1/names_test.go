package v1alpha1

import (
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

func TestObjectNames(t *testing.T) {
	sub := "11111111-2222-3333-4444-555555555555"
	for sentence, ids := range map[string][2]string{
		"case makes no difference":              {ManagedClusterID(sub, "RG1", "Demo"), ManagedClusterID(strings.ToUpper(sub), "rg1", "demo")},
		"a slash at the end makes none":         {ResourceGroupID(sub, "rg1") + "/", ResourceGroupID(sub, "rg1")},
		"a name of letters outside ASCII works": {ResourceGroupID(sub, "Größe"), ResourceGroupID(sub, "größe")},
	} {
		t.Run(sentence, func(t *testing.T) {
			if a, b := ObjectName(ids[0]), ObjectName(ids[1]); a != b {
				t.Errorf("%s and %s differ", a, b)
			}
		})
	}
}

func TestNamesThatCustomersMayChooseBecomeValidLabels(t *testing.T) {
	for _, name := range []string{"a", "9", "1-2_3", "(x)", "日本", "A.b.C", strings.Repeat("z", 90), "-_-", "Ünï"} {
		o := ObjectName(ResourceGroupID("s", name))
		if problems := validation.IsDNS1123Label(NodesNamespace(o)); len(problems) > 0 {
			t.Errorf("%q becomes %q: %v", name, NodesNamespace(o), problems)
		}
	}
}

func TestNamesHaveEnoughOfTheHash(t *testing.T) {
	for _, id := range []string{ManagedClusterID("s", "g", "c"), ResourceGroupID("s", "日本"), ResourceGroupID("s", strings.Repeat("z", 90))} {
		name := ObjectName(id)
		if hash := name[strings.LastIndex(name, "-")+1:]; 5*len(hash) < 128 {
			t.Errorf("%s has %d bits of the hash: another ID with its name could be found", name, 5*len(hash))
		}
	}
}

func TestSameID(t *testing.T) {
	id := ManagedClusterID("s1", "rg", "demo")
	for sentence, c := range map[string]struct {
		other string
		same  bool
	}{
		"case and outer slashes make no difference": {strings.ToUpper(id) + "/", true},
		"another cluster is another":                {ManagedClusterID("s1", "rg", "demo2"), false},
		"another group is another":                  {ManagedClusterID("s1", "rg2", "demo"), false},
		"another subscription is another":           {ManagedClusterID("s2", "rg", "demo"), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := SameID(id, c.other); got != c.same {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestOwns(t *testing.T) {
	cluster := &ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "demo-abc"}, Spec: ManagedClusterSpec{SubscriptionID: "s1"}}
	for sentence, c := range map[string]struct {
		labels map[string]string
		want   bool
	}{
		"what has the cluster's labels is its part":                 {map[string]string{LabelCluster: "demo-abc", LabelSubscription: "s1"}, true},
		"what has no labels is not":                                 {nil, false},
		"what is another subscription's is not, by whatever name":   {map[string]string{LabelCluster: "demo-abc", LabelSubscription: "s2"}, false},
		"what is another cluster's of the subscription is not":      {map[string]string{LabelCluster: "demo-xyz", LabelSubscription: "s1"}, false},
		"what belongs to the subscription without a cluster is not": {map[string]string{LabelSubscription: "s1"}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := cluster.Owns(&metav1.ObjectMeta{Labels: c.labels}); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestDifferentClustersHaveDifferentNames(t *testing.T) {
	seen := map[string]string{}
	for _, id := range []string{
		ManagedClusterID("s1", "g", "c"), ManagedClusterID("s2", "g", "c"), ManagedClusterID("s1", "g2", "c"),
		AgentPoolID("s1", "g", "c", "c"), ResourceGroupID("s1", "c"),
	} {
		if other, taken := seen[ObjectName(id)]; taken {
			t.Errorf("%s and %s share a name", id, other)
		}
		seen[ObjectName(id)] = id
	}
}

func TestNamespacesAreRecognizedByTheirNames(t *testing.T) {
	cluster := ObjectName(ManagedClusterID("s", "g", "nodes"))
	for namespace, want := range map[string]struct{ controlPlane, nodes bool }{
		ControlPlaneNamespace(cluster): {true, false},
		NodesNamespace(cluster):        {false, true},
		SystemNamespace:                {false, false},
		"other-nodes":                  {false, false},
	} {
		if IsControlPlaneNamespace(namespace) != want.controlPlane || IsNodesNamespace(namespace) != want.nodes {
			t.Errorf("%s: want control plane's %v, machines' %v", namespace, want.controlPlane, want.nodes)
		}
	}
}

func TestNodesAreNamedAsInAKS(t *testing.T) {
	ss := ScaleSetName("nodepool1", "demo-abc")
	if !strings.HasPrefix(ss, "aks-nodepool1-") || !strings.HasSuffix(ss, "-vmss") || len(ss) != len("aks-nodepool1-12345678-vmss") {
		t.Errorf("scale set %q", ss)
	}
	for instance, digits := range map[int64]string{0: "000000", 35: "00000z", 36: "000010"} {
		if got := NodeName("x-vmss", instance); got != "x-vmss"+digits {
			t.Errorf("instance %d is %q, want …%s", instance, got, digits)
		}
	}
}

// FuzzObjectName makes a name that Kubernetes takes of any ID, the same one whatever the ID's case.
func FuzzObjectName(f *testing.F) {
	for _, seed := range []string{"", "/", "/subscriptions/s/resourceGroups/RG.1", "\xff", "/a/-1-", "\u00e4\u00f6"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		name := ObjectName(id)
		if errs := validation.IsDNS1123Label(name); len(errs) > 0 || len(name) > 47 {
			t.Errorf("%q becomes %q: %v", id, name, errs)
		}
		if lower := strings.ToLower(id); strings.ToLower(lower) == lower && ObjectName(lower) != name {
			t.Errorf("%q and %q are two", id, lower)
		}
	})
}
