package provision

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func exampleRelease() *v1alpha1.Release {
	images := map[string]string{}
	for _, name := range []string{"kubernetes", "etcd", "coredns", "konnectivity", "metrics-server", "pause", "node"} {
		images[name] = "registry.lotse.internal/lotse/" + name + ":v1-11111111"
	}
	return &v1alpha1.Release{
		ObjectMeta: metav1.ObjectMeta{Name: "v1.37.2-1"},
		Spec:       v1alpha1.ReleaseSpec{KubernetesVersion: "1.37.2", NodeImageVersion: "LotseDebian-12-202611.23.0", Images: images},
	}
}

func exampleCluster() *v1alpha1.ManagedCluster {
	return &v1alpha1.ManagedCluster{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.ObjectName(v1alpha1.ManagedClusterID(subscription, "web", "shop"))},
		Spec: v1alpha1.ManagedClusterSpec{
			SubscriptionID: subscription, ResourceGroup: "web", Name: "shop", Location: "local", NodeResourceGroup: "MC_web_shop_local",
			KubernetesVersion: "1.37.2", Release: "v1.37.2-1",
			Network: v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "100.97.0.0/16", DNSServiceIP: "100.97.0.10"},
			PoolProfiles: []v1alpha1.PoolProfile{{Name: "np1", AgentPoolSpec: v1alpha1.AgentPoolSpec{
				Mode: v1alpha1.SystemPool, Count: 1, VMSize: "Standard_DS2_v2", MaxPods: 110, OrchestratorVersion: "1.37.2", Release: "v1.37.2-1",
			}}},
		},
	}
}
