package v1alpha1

import (
	"strings"
	"testing"

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

func TestTheNodeResourceGroupIsCutAt80Characters(t *testing.T) {
	if got := DefaultNodeResourceGroup("rg", "c", "local"); got != "MC_rg_c_local" {
		t.Error(got)
	}
	if got := DefaultNodeResourceGroup(strings.Repeat("g", 80), "c", "local"); len(got) != 80 {
		t.Errorf("%d characters: %s", len(got), got)
	}
}

// FuzzObjectName makes a name that Kubernetes takes of any ID, the same one whatever the ID's case.
func FuzzObjectName(f *testing.F) {
	for _, seed := range []string{"", "/", "/subscriptions/s/resourceGroups/RG.1", "\xff", "/a/-1-", "\u00e4\u00f6"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		name := ObjectName(id)
		if errs := validation.IsDNS1123Label(name); len(errs) > 0 || len(name) > 31 {
			t.Errorf("%q becomes %q: %v", id, name, errs)
		}
		if lower := strings.ToLower(id); strings.ToLower(lower) == lower && ObjectName(lower) != name {
			t.Errorf("%q and %q are two", id, lower)
		}
	})
}
