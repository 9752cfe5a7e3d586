package agentpool

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"lotse.dev/api/v1alpha1"
)

var update = flag.Bool("update", false, "write the golden files")

const subscription = "11111111-2222-3333-4444-555555555555"

func TestScaleSetOfAPool(t *testing.T) {
	got, err := yaml.Marshal(ScaleSet(pool(), cluster(), release()))
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "scaleset.yaml")
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the scale set changed; run with -update if it should have:\n%s", got)
	}
}

func TestLabelValuesAreValidWhateverTheGroupIsCalled(t *testing.T) {
	for _, name := range []string{"MC_group_cluster_local", "MC_(group)_é_local", "MC_" + strings.Repeat("long-", 15), "(((", ""} {
		if errs := validation.IsValidLabelValue(labelValue(name)); len(errs) > 0 {
			t.Errorf("%q became %q: %v", name, labelValue(name), errs)
		}
	}
}

func TestCustomersCannotReplaceSystemLabels(t *testing.T) {
	p := pool()
	p.Spec.NodeLabels["kubernetes.azure.com/mode"] = "user"
	if got := Labels(p, cluster())["kubernetes.azure.com/mode"]; got != "system" {
		t.Errorf("mode is %q", got)
	}
	if p.Spec.NodeLabels["agentpool"] != "" {
		t.Error("the pool itself was changed")
	}
}

func pool() *v1alpha1.AgentPool {
	id := v1alpha1.AgentPoolID(subscription, "group", "cluster", "nodepool1")
	return &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: v1alpha1.ObjectName(id), UID: "pool-uid", Generation: 1,
		},
		Spec: v1alpha1.ClusterPoolSpec{
			Cluster: cluster().Name, Name: "nodepool1",
			AgentPoolSpec: v1alpha1.AgentPoolSpec{
				Mode: v1alpha1.SystemPool, Count: 2, VMSize: "Standard_DS2_v2", MaxPods: 110,
				NodeLabels: map[string]string{"tier": "web"}, NodeTaints: []string{"dedicated=web:NoSchedule"},
				Tags: map[string]string{"cost": "42"}, OrchestratorVersion: "1.37.2", Release: release().Name,
			},
		},
	}
}

func cluster() *v1alpha1.ManagedCluster {
	id := v1alpha1.ManagedClusterID(subscription, "group", "cluster")
	return &v1alpha1.ManagedCluster{
		ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SubscriptionNamespace(subscription), Name: v1alpha1.ObjectName(id)},
		Spec: v1alpha1.ManagedClusterSpec{
			SubscriptionID: subscription, ResourceGroup: "group", Name: "cluster", Location: "local",
			NodeResourceGroup: v1alpha1.DefaultNodeResourceGroup("group", "cluster", "local"),
			KubernetesVersion: "1.37.2", Release: release().Name,
			Network: v1alpha1.NetworkSpec{
				Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10",
			},
		},
	}
}

func release() *v1alpha1.Release {
	return &v1alpha1.Release{
		ObjectMeta: metav1.ObjectMeta{Name: "v1.37.2-0123abcd"},
		Spec: v1alpha1.ReleaseSpec{
			KubernetesVersion: "1.37.2", NodeImageVersion: "LotseDebian-12-202611.23.0",
			Images: map[string]string{"node": "registry.lotse.internal/lotse/node:1.37.2-0123abcd"},
		},
	}
}
