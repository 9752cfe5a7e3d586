package wire

import (
	"encoding/json"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
)

func cluster(change ...func(*state.Cluster)) state.Cluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{UID: "u", Generation: 1}, Spec: v1alpha1.ManagedClusterSpec{
		SubscriptionID: "s", ResourceGroup: "rg", Name: "c1", Location: "local", KubernetesVersion: "1.37.2", Release: "r1",
		Network:      v1alpha1.NetworkSpec{Plugin: "kubenet", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"},
		PoolProfiles: []v1alpha1.PoolProfile{{Name: "np1", AgentPoolSpec: v1alpha1.AgentPoolSpec{Count: 1, Mode: v1alpha1.SystemPool}}},
	}}
	s := state.Cluster{Object: c, TenantID: "t"}
	for _, f := range change {
		f(&s)
	}
	return s
}

func TestShown(t *testing.T) {
	plugin := func(name string) func(*state.Cluster) {
		return func(s *state.Cluster) { s.Object.Spec.Network.Plugin = name }
	}
	running := func(s *state.Cluster) {
		s.Object.Status.CurrentKubernetesVersion = "1.36.3"
		s.Object.Status.Endpoint = v1alpha1.Endpoint{Host: "100.98.0.1", Port: 30443}
		s.Object.Status.Components = []v1alpha1.ComponentHealth{{Name: "etcd", Healthy: true, Restarts: 2}}
		s.Object.Status.Operations = []v1alpha1.Operation{{Generation: 1, Verb: v1alpha1.Upgrading, State: v1alpha1.InProgress, Waiting: "etcd"}}
	}
	issuing := func(s *state.Cluster) { s.Object.Spec.OIDCIssuerURL = "https://lotse/oic/t/1/" }
	pool := func(s *state.Cluster) {
		p := v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Name: "np1", AgentPoolSpec: v1alpha1.AgentPoolSpec{OrchestratorVersion: "1.37.2"}}}
		p.Generation, p.UID, p.Status.NodeImageVersion, p.Status.CurrentOrchestratorVersion = 2, "p", "LotseDebian-12", "1.36.3"
		p.Status.Operations = []v1alpha1.Operation{{Generation: 2, Verb: v1alpha1.Scaling, State: v1alpha1.InProgress}}
		s.PoolObjects, s.Object.Spec.PoolProfiles = append(s.PoolObjects, p), nil
	}
	for sentence, c := range map[string]struct {
		cluster state.Cluster
		want    []string
	}{
		"a new cluster": {cluster(), []string{
			`"id":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c1"`, `"provisioningState":"Creating"`,
			`"currentKubernetesVersion":"1.37.2"`, `"tenantId":"t"`, `"powerState":{"code":"Running"}`, `"podCidrs":["10.244.0.0/16"]`}},
		"a pool that is only a profile is being created":     {cluster(), []string{`"name":"np1","count":1`, `"mode":"System"`}},
		"the version that runs may differ from the spec's":   {cluster(running), []string{`"kubernetesVersion":"1.37.2","currentKubernetesVersion":"1.36.3"`}},
		"a running operation shows its verb and its wait":    {cluster(running), []string{`"provisioningState":"Upgrading"`, `"waiting":"etcd"`}},
		"the control plane's health":                         {cluster(running), []string{`{"name":"etcd","healthy":true,"restarts":2}`, `"apiServerPort":30443`, `"fqdn":"100.98.0.1"`}},
		"a pool shows what runs on its nodes":                {cluster(pool), []string{`"provisioningState":"Scaling"`, `"currentOrchestratorVersion":"1.36.3"`, `"nodeImageVersion":"LotseDebian-12"`}},
		"a cluster without an OIDC issuer says so":           {cluster(), []string{`"oidcIssuerProfile":{"enabled":false}`}},
		"a cluster with an OIDC issuer says where it is":     {cluster(issuing), []string{`"oidcIssuerProfile":{"enabled":true,"issuerURL":"https://lotse/oic/t/1/"}`}},
		"azure's network is an overlay":                      {cluster(plugin("azure")), []string{`"networkPluginMode":"overlay"`}},
		"without a plugin the pod network is the customer's": {cluster(plugin("none")), []string{`"responsibility":"networkPlugin is none: you are responsible`}},
	} {
		t.Run(sentence, func(t *testing.T) {
			body, err := json.Marshal(ClusterOf(c.cluster))
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(string(body), want) {
					t.Errorf("%s is missing in %s", want, body)
				}
			}
		})
	}
}

func TestPoolOf(t *testing.T) {
	s := cluster()
	p, _ := s.Pool("np1")
	got := PoolOf(s, p)
	if !strings.HasSuffix(got.ID, "/managedClusters/c1/agentPools/np1") || got.Type != PoolType || got.Properties.ProvisioningState != "Creating" {
		t.Errorf("got %+v", got)
	}
}
