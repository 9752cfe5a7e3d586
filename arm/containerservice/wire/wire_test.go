package wire

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

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
	mode := func(name string) func(*state.Cluster) {
		return func(s *state.Cluster) { s.Object.Spec.Network.PluginMode = name }
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
	spec := func(change func(*v1alpha1.ManagedClusterSpec, *v1alpha1.AgentPoolSpec)) func(*state.Cluster) {
		return func(s *state.Cluster) { change(&s.Object.Spec, &s.Object.Spec.PoolProfiles[0].AgentPoolSpec) }
	}
	aliased := spec(func(c *v1alpha1.ManagedClusterSpec, p *v1alpha1.AgentPoolSpec) {
		c.VersionAlias, p.VersionAlias, p.OrchestratorVersion = "1.37", "1.36", "1.36.3"
	})
	asked := spec(func(c *v1alpha1.ManagedClusterSpec, p *v1alpha1.AgentPoolSpec) {
		c.DisabledAddons, c.NodeOSUpgradeChannel = []string{"azurepolicy"}, v1alpha1.NodeOSChannelNodeImage
		p.OSSKU, p.UpgradeSettings = OSSKUUbuntu, &v1alpha1.UpgradeSettings{MaxSurge: "33%"}
	})
	planned := func(generation int64) func(*state.Cluster) {
		return func(s *state.Cluster) {
			at := metav1.NewTime(time.Date(2026, 11, 29, 1, 0, 0, 0, time.UTC))
			s.Object.Generation = 1
			s.Object.Status.AutoUpgrade = &v1alpha1.AutoUpgrade{
				ObservedGeneration: generation, Kubernetes: &v1alpha1.PlannedUpgrade{Channel: "rapid", To: "1.37.2", At: &at, Message: "x"},
			}
		}
	}
	if profile := lotseProfileOf(cluster(planned(2)).Object); profile.AutoUpgrade != nil {
		t.Error("what was decided for another spec is shown")
	}
	consenting := spec(func(c *v1alpha1.ManagedClusterSpec, _ *v1alpha1.AgentPoolSpec) {
		said := v1alpha1.Consent{By: "anna", At: metav1.Unix(0, 0)}
		c.VersionGates = []v1alpha1.VersionGateAcknowledgement{{Gate: "a-gate", Consent: said}}
		c.UpgradeOverride = &v1alpha1.UpgradeOverride{ForceUpgrade: true, Until: &said.At, Consent: said}
	})
	for sentence, c := range map[string]struct {
		cluster state.Cluster
		want    []string
	}{
		"who has said what about upgrades is shown": {cluster(consenting), []string{
			`"upgradeSettings":{"overrideSettings":{"forceUpgrade":true,"until":"1970-01-01T00:00:00Z"}}`, `"upgradeOverride":{"by":"anna","at":"1970-01-01T00:00:00Z"}`,
			`"acknowledgedVersionGates":["a-gate"]`, `"versionGates":[{"gate":"a-gate","by":"anna","at":"1970-01-01T00:00:00Z"}]`}},
		"a version by its minor is shown so, with its patch": {cluster(aliased), []string{
			`"kubernetesVersion":"1.37","currentKubernetesVersion":"1.37.2"`, `"orchestratorVersion":"1.36","currentOrchestratorVersion":"1.36.3"`}},
		"what was asked for is answered": {cluster(asked), []string{`"addonProfiles":{"azurepolicy":{"enabled":false,"config":null}}`,
			`"nodeOSUpgradeChannel":"NodeImage"`, `"osSKU":"Ubuntu"`, `"upgradeSettings":{"maxSurge":"33%"}`}},
		"a channel that upgrades nothing has that note": {cluster(spec(func(c *v1alpha1.ManagedClusterSpec, _ *v1alpha1.AgentPoolSpec) {
			c.UpgradeChannel, c.NodeOSUpgradeChannel = v1alpha1.UpgradeChannelStable, v1alpha1.NodeOSChannelUnmanaged
		})), []string{`"upgradeChannel":"stable"`, `"nodeOSUpgradeChannel":"Unmanaged"`, `"responsibility":"nodeOSUpgradeChannel is Unmanaged: nodes do not update themselves`}},
		"the next automatic upgrade is shown": {cluster(planned(1)), []string{`"autoUpgrade":{"kubernetes":{"channel":"rapid","to":"1.37.2","at":"2026-11-29T01:00:00Z","message":"x"}}`}},
		"what was not asked for has its default": {cluster(), []string{`"osSKU":"Debian"`, `"osDiskSizeGB":32`, `"upgradeSettings":{}`,
			`"nodeProvisioningProfile":{"defaultNodePools":"Auto","mode":"Manual"}`, `"nodeOSUpgradeChannel":"None"`}},
		"a new cluster": {cluster(), []string{
			`"id":"/subscriptions/s/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c1"`, `"provisioningState":"Creating"`,
			`"currentKubernetesVersion":"1.37.2"`, `"tenantId":"t"`, `"powerState":{"code":"Running"}`, `"podCidrs":["10.244.0.0/16"]`}},
		"a pool that is only a profile is being created":     {cluster(), []string{`"name":"np1","count":1`, `"mode":"System"`}},
		"the version that runs may differ from the spec's":   {cluster(running), []string{`"kubernetesVersion":"1.37.2","currentKubernetesVersion":"1.36.3"`}},
		"a running operation shows its verb and its wait":    {cluster(running), []string{`"provisioningState":"Upgrading"`, `"waiting":"etcd"`}},
		"the control plane's health":                         {cluster(running), []string{`{"name":"etcd","healthy":true,"restarts":2}`, `"apiServerPort":30443`, `"fqdn":"100.98.0.1"`}},
		"a pool shows what runs on its nodes":                {cluster(pool), []string{`"provisioningState":"Scaling"`, `"currentOrchestratorVersion":"1.36.3"`, `"nodeImageVersion":"LotseDebian-12"`}},
		"an older cluster's azure network is an overlay":     {cluster(plugin("azure")), []string{`"networkPlugin":"azure","networkPluginMode":"overlay"`}},
		"a mode that was not asked for is not shown":         {cluster(plugin("azure"), mode(NoPluginMode)), []string{`"networkPlugin":"azure","networkDataplane"`}},
		"a mode that was asked for is":                       {cluster(mode(Overlay)), []string{`"networkPlugin":"kubenet","networkPluginMode":"overlay"`}},
		"a cluster without an OIDC issuer":                   {cluster(), []string{`"oidcIssuerProfile":{"enabled":false}`}},
		"a cluster with an OIDC issuer has its URL":          {cluster(issuing), []string{`"oidcIssuerProfile":{"enabled":true,"issuerURL":"https://lotse/oic/t/1/"}`}},
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
