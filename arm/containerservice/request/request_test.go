package request

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
)

var present = state.Cluster{
	Object: &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{UID: "u", Generation: 1}, Spec: v1alpha1.ManagedClusterSpec{
		SubscriptionID: "s", ResourceGroup: "rg", Name: "c1", Location: "local", KubernetesVersion: "1.37.2", DNSPrefix: "c1-rg",
		NodeResourceGroup: "MC_rg_c1_local", Tags: map[string]string{"a": "b"},
		Network: v1alpha1.NetworkSpec{Plugin: "kubenet", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"},
	}},
	PoolObjects: []v1alpha1.AgentPool{{Spec: v1alpha1.ClusterPoolSpec{Name: "np1", AgentPoolSpec: v1alpha1.AgentPoolSpec{
		Count: 3, VMSize: "Standard_B2s", Mode: v1alpha1.SystemPool, MaxPods: 110, OrchestratorVersion: "1.37.2"}}}},
}

// decode a body as that of a new cluster, or of the present one.
func decode(t *testing.T, text string, s state.Cluster) (Cluster, error) {
	t.Helper()
	spec, shown := v1alpha1.ManagedClusterSpec{SubscriptionID: "s", ResourceGroup: "rg", Name: "c1"}, any(wire.Identifiers{Name: "c1"})
	if s.Exists() {
		spec, shown = s.Object.Spec, wire.ClusterOf(s)
	}
	o, err := body.Parse([]byte(text), shown)
	if err != nil {
		t.Fatal(err)
	}
	return DecodeCluster(o, s, spec, "local")
}

func TestRefusedClusters(t *testing.T) {
	for sentence, c := range map[string]struct {
		body    string
		present state.Cluster
		target  string
		kind    fault.Kind
	}{
		"a new cluster needs a location":                {`{}`, state.Cluster{}, "location", fault.InvalidParameter},
		"there is one location":                         {`{"location":"mars"}`, state.Cluster{}, "location", fault.LocationNotAvailable},
		"a cluster does not move":                       {`{"location":"mars"}`, present, "location", fault.InvalidResourceLocation},
		"an unknown property is refused by name":        {`{"location":"local","properties":{"colour":"red"}}`, state.Cluster{}, "properties.colour", fault.InvalidParameter},
		"a property that is not implemented as well":    {`{"location":"local","properties":{"httpProxyConfig":{"httpProxy":"x"}}}`, state.Cluster{}, "properties.httpProxyConfig", fault.InvalidParameter},
		"role-based access control cannot be off":       {`{"location":"local","properties":{"enableRBAC":false}}`, state.Cluster{}, "properties.enableRBAC", fault.InvalidParameter},
		"the DNS prefix cannot change":                  {`{"properties":{"dnsPrefix":"other"}}`, present, "properties.dnsPrefix", fault.PropertyChangeNotAllowed},
		"the node resource group cannot change":         {`{"properties":{"nodeResourceGroup":"other"}}`, present, "properties.nodeResourceGroup", fault.PropertyChangeNotAllowed},
		"the pod network cannot change":                 {`{"properties":{"networkProfile":{"podCidr":"10.9.0.0/16"}}}`, present, "properties.networkProfile.podCidr", fault.PropertyChangeNotAllowed},
		"nor when it is sent as a list":                 {`{"properties":{"networkProfile":{"podCidrs":["10.9.0.0/16"]}}}`, present, "properties.networkProfile.podCidrs", fault.PropertyChangeNotAllowed},
		"there is one address family":                   {`{"location":"local","properties":{"networkProfile":{"serviceCidrs":["10.1.0.0/16","fd00::/108"]}}}`, state.Cluster{}, "properties.networkProfile.serviceCidrs", fault.InvalidParameter},
		"a list must agree with the single value":       {`{"location":"local","properties":{"networkProfile":{"podCidr":"10.1.0.0/16","podCidrs":["10.2.0.0/16"]}}}`, state.Cluster{}, "properties.networkProfile.podCidrs", fault.InvalidParameter},
		"the network plugin cannot change":              {`{"properties":{"networkProfile":{"networkPlugin":"none"}}}`, present, "properties.networkProfile.networkPlugin", fault.PropertyChangeNotAllowed},
		"a pool's name has AKS's form":                  {`{"location":"local","properties":{"agentPoolProfiles":[{"name":"NP"}]}}`, state.Cluster{}, "properties.agentPoolProfiles[0].name", fault.InvalidParameter},
		"a pool's size cannot change":                   {`{"properties":{"agentPoolProfiles":[{"name":"np1","vmSize":"Standard_D2s_v3"}]}}`, present, "properties.agentPoolProfiles[0].vmSize", fault.PropertyChangeNotAllowed},
		"a pool's number of pods cannot change":         {`{"properties":{"agentPoolProfiles":[{"name":"np1","maxPods":30}]}}`, present, "properties.agentPoolProfiles[0].maxPods", fault.PropertyChangeNotAllowed},
		"tags that ARM does not allow are refused":      {`{"location":"local","tags":{"<":"x"}}`, state.Cluster{}, "tags", fault.InvalidTag},
		"tags of a pool are checked too":                {`{"properties":{"agentPoolProfiles":[{"name":"np1","tags":{"<":"x"}}]}}`, present, "properties.agentPoolProfiles[0].tags", fault.InvalidTag},
		"an add-on cannot be on":                        {`{"properties":{"addonProfiles":{"azurepolicy":{"enabled":true}}}}`, present, "properties.addonProfiles.azurepolicy.enabled", fault.InvalidParameter},
		"a new cluster runs or is stopped":              {`{"location":"local","properties":{"powerState":{"code":"Asleep"}}}`, state.Cluster{}, "properties.powerState.code", fault.InvalidParameter},
		"an add-on is on or off":                        {`{"properties":{"addonProfiles":{"azurepolicy":{"enabled":"no"}}}}`, present, "properties.addonProfiles.azurepolicy.enabled", fault.InvalidParameter},
		"an add-on has a name":                          {`{"properties":{"addonProfiles":{"a b":{"enabled":false}}}}`, present, "properties.addonProfiles", fault.InvalidParameter},
		"there are not too many add-ons":                {`{"properties":{"addonProfiles":` + addons(65) + `}}`, present, "properties.addonProfiles", fault.InvalidParameter},
		"a channel that there is not":                   {`{"properties":{"autoUpgradeProfile":{"upgradeChannel":"weekly"}}}`, present, "properties.autoUpgradeProfile.upgradeChannel", fault.InvalidParameter},
		"a channel of nodes that there is not":          {`{"properties":{"autoUpgradeProfile":{"nodeOSUpgradeChannel":"Daily"}}}`, present, "properties.autoUpgradeProfile.nodeOSUpgradeChannel", fault.InvalidParameter},
		"node-image goes with NodeImage alone":          {`{"location":"local","properties":{"autoUpgradeProfile":{"upgradeChannel":"node-image","nodeOSUpgradeChannel":"None"}}}`, state.Cluster{}, "properties.autoUpgradeProfile.nodeOSUpgradeChannel", fault.InvalidParameter},
		"also in a cluster that exists":                 {`{"properties":{"autoUpgradeProfile":{"upgradeChannel":"node-image","nodeOSUpgradeChannel":"SecurityPatch"}}}`, present, "properties.autoUpgradeProfile.nodeOSUpgradeChannel", fault.InvalidParameter},
		"NodeImage stays while node-image does":         {`{"properties":{"autoUpgradeProfile":{"nodeOSUpgradeChannel":"None"}}}`, channels(v1alpha1.UpgradeChannelNodeImage, v1alpha1.NodeOSChannelNodeImage), "properties.autoUpgradeProfile.nodeOSUpgradeChannel", fault.InvalidParameter},
		"nodes are not provisioned by themselves":       {`{"properties":{"nodeProvisioningProfile":{"mode":"Auto"}}}`, present, "properties.nodeProvisioningProfile", fault.InvalidParameter},
		"an identity of one's own":                      {`{"identity":{"type":"UserAssigned","userAssignedIdentities":{"/x":{}}}}`, present, "identity.type", fault.InvalidParameter},
		"a kubelet's identity of one's own":             {`{"properties":{"identityProfile":{"kubeletidentity":{"resourceId":"/x"}}}}`, present, "properties.identityProfile.kubeletidentity.resourceId", fault.InvalidParameter},
		"the plugin's mode cannot change":               {`{"properties":{"networkProfile":{"networkPluginMode":"overlay"}}}`, present, "properties.networkProfile.networkPluginMode", fault.PropertyChangeNotAllowed},
		"an operating system that nodes do not run":     {`{"properties":{"agentPoolProfiles":[{"name":"np1","osSKU":"AzureLinux"}]}}`, present, "properties.agentPoolProfiles[0].osSKU", fault.InvalidParameter},
		"a pool's disk cannot change":                   {`{"properties":{"agentPoolProfiles":[{"name":"np1","osDiskSizeGB":64}]}}`, present, "properties.agentPoolProfiles[0].osDiskSizeGB", fault.PropertyChangeNotAllowed},
		"a surge is a string":                           {`{"properties":{"agentPoolProfiles":[{"name":"np1","upgradeSettings":{"maxSurge":1}}]}}`, present, "properties.agentPoolProfiles[0].upgradeSettings.maxSurge", fault.InvalidParameter},
		"an upgrade setting there is not":               {`{"properties":{"agentPoolProfiles":[{"name":"np1","upgradeSettings":{"speed":"9"}}]}}`, present, "properties.agentPoolProfiles[0].upgradeSettings.speed", fault.InvalidParameter},
		"an OIDC issuer cannot be disabled":             {`{"properties":{"oidcIssuerProfile":{"enabled":false}}}`, issuing(), "properties.oidcIssuerProfile.enabled", fault.OIDCIssuerStays},
		"the end of an override is a time":              {`{"properties":{"upgradeSettings":{"overrideSettings":{"forceUpgrade":true,"until":"soon"}}}}`, present, "properties.upgradeSettings.overrideSettings.until", fault.InvalidParameter},
		"the end of an override can be stored":          {`{"properties":{"upgradeSettings":{"overrideSettings":{"until":"9999-12-31T23:59:59-01:00"}}}}`, present, "properties.upgradeSettings.overrideSettings.until", fault.InvalidParameter},
		"an override is on or off":                      {`{"properties":{"upgradeSettings":{"overrideSettings":{"forceUpgrade":"yes"}}}}`, present, "properties.upgradeSettings.overrideSettings.forceUpgrade", fault.InvalidParameter},
		"an override there is not":                      {`{"properties":{"upgradeSettings":{"overrideSettings":{"controlPlaneOverrides":["x"]}}}}`, present, "properties.upgradeSettings.overrideSettings.controlPlaneOverrides", fault.InvalidParameter},
		"version gates are a list":                      {`{"properties":{"lotseProfile":{"acknowledgedVersionGates":"all"}}}`, present, "properties.lotseProfile.acknowledgedVersionGates", fault.InvalidParameter},
		"a hint says what else to do about autoscaling": {`{"properties":{"agentPoolProfiles":[{"name":"np1","enableAutoScaling":true}]}}`, present, "properties.agentPoolProfiles[0].enableAutoScaling", fault.InvalidParameter},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := decode(t, c.body, c.present)
			if err == nil || fault.Of(err).Kind != c.kind || fault.Of(err).Target != c.target {
				t.Errorf("got %v at %q", err, fault.Of(err).Target)
			}
		})
	}
}

// channels that the cluster has.
func channels(kubernetes, node string) state.Cluster {
	c := present
	c.Object = present.Object.DeepCopy()
	c.Object.Spec.UpgradeChannel, c.Object.Spec.NodeOSUpgradeChannel = kubernetes, node
	return c
}

func TestChannels(t *testing.T) {
	for sentence, c := range map[string]struct {
		present          state.Cluster
		profile          string
		kubernetes, node string
	}{
		"none is not stored":                                  {channels("patch", "NodeImage"), `{"upgradeChannel":"None","nodeOSUpgradeChannel":"none"}`, "", ""},
		"each is stored as AKS spells it":                     {present, `{"upgradeChannel":"Rapid","nodeOSUpgradeChannel":"securitypatch"}`, "rapid", "SecurityPatch"},
		"what is not sent stays":                              {channels("stable", "Unmanaged"), `{}`, "stable", "Unmanaged"},
		"one stays while the other is sent":                   {channels("stable", "Unmanaged"), `{"upgradeChannel":"patch"}`, "patch", "Unmanaged"},
		"node-image sets that of nodes":                       {present, `{"upgradeChannel":"node-image"}`, "node-image", "NodeImage"},
		"also where the client sends back what it read":       {channels("", "Unmanaged"), `{"upgradeChannel":"node-image","nodeOSUpgradeChannel":"Unmanaged"}`, "node-image", "NodeImage"},
		"also where what it read was none":                    {present, `{"upgradeChannel":"node-image","nodeOSUpgradeChannel":"None"}`, "node-image", "NodeImage"},
		"after node-image that of nodes stays":                {channels("node-image", "NodeImage"), `{"upgradeChannel":"stable"}`, "stable", "NodeImage"},
		"both can be left at once":                            {channels("node-image", "NodeImage"), `{"upgradeChannel":"none","nodeOSUpgradeChannel":"None"}`, "", ""},
		"NodeImage may be named beside node-image explicitly": {state.Cluster{}, `{"upgradeChannel":"node-image","nodeOSUpgradeChannel":"NodeImage"}`, "node-image", "NodeImage"},
	} {
		t.Run(sentence, func(t *testing.T) {
			asked, err := decode(t, `{"location":"local","properties":{"autoUpgradeProfile":`+c.profile+`}}`, c.present)
			if err != nil || asked.Spec.UpgradeChannel != c.kubernetes || asked.Spec.NodeOSUpgradeChannel != c.node {
				t.Errorf("got %q and %q, %v", asked.Spec.UpgradeChannel, asked.Spec.NodeOSUpgradeChannel, err)
			}
		})
	}
}

// addons that are off, so many of them.
func addons(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(`"addon%d":{"enabled":false}`, i))
	}
	return "{" + strings.Join(all, ",") + "}"
}

// TestWrittenBack sends what was read some time ago, or of another resource: what only the server sets does not count.
func TestWrittenBack(t *testing.T) {
	for sentence, c := range map[string]struct {
		present state.Cluster
		body    string
	}{
		"another etag":                      {present, `{"eTag":"stale","properties":{"agentPoolProfiles":[{"name":"np1","eTag":"stale"}]}}`},
		"another state":                     {present, `{"properties":{"provisioningState":"Updating","powerState":{"code":"Stopped"},"agentPoolProfiles":[{"name":"np1","provisioningState":"Scaling"}]}}`},
		"other versions and addresses":      {present, `{"properties":{"currentKubernetesVersion":"1.36.3","fqdn":"x","azurePortalFQDN":"x","agentPoolProfiles":[{"name":"np1","currentOrchestratorVersion":"1.36.3","nodeImageVersion":"x"}]}}`},
		"other health of the control plane": {present, `{"properties":{"lotseProfile":{"waiting":"etcd","components":[{"name":"etcd","healthy":false}]}}}`},
		"another time of creation":          {present, `{"systemData":{"createdAt":"2020-01-01T00:00:00Z"}}`},
		"a cluster's document under a new name": {state.Cluster{}, `{"id":"/x","name":"other","type":"y","location":"local","eTag":"e","identity":{"type":"SystemAssigned","principalId":"p","tenantId":"t"},
			"properties":{"resourceUID":"u","maxAgentPools":100,"identityProfile":{"kubeletidentity":{"clientId":"p","objectId":"p"}},"lotseProfile":{"release":"r"}}}`},
	} {
		t.Run(sentence, func(t *testing.T) {
			if _, err := decode(t, c.body, c.present); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAClusterCanBeCreatedStopped(t *testing.T) {
	for body, want := range map[string]v1alpha1.PowerState{
		`{"location":"local","properties":{"powerState":{"code":"stopped"}}}`: v1alpha1.Stopped,
		`{"location":"local","properties":{"powerState":{"code":"Running"}}}`: "",
		`{"location":"local","properties":{"powerState":{}}}`:                 "",
		`{"location":"local"}`: "",
	} {
		asked, err := decode(t, body, state.Cluster{})
		if err != nil || asked.Spec.PowerState != want {
			t.Errorf("%s asks for %q: %v", body, asked.Spec.PowerState, err)
		}
	}
}

func TestKept(t *testing.T) {
	asked, err := decode(t, `{"properties":{"addonProfiles":{"azurepolicy":{"config":{"version":"v2"},"enabled":false},"omsAgent":{"enabled":false},"gone":null},
		"autoUpgradeProfile":{"upgradeChannel":"none","nodeOSUpgradeChannel":"nodeimage"},"nodeProvisioningProfile":{"mode":"Manual","defaultNodePools":"Auto"},
		"agentPoolProfiles":[{"name":"np1","osSKU":"ubuntu","osDiskSizeGB":32,"upgradeSettings":{"maxSurge":"33%","drainTimeoutInMinutes":0,"undrainableNodeBehavior":"cordon"}}]}}`, present)
	if err != nil {
		t.Fatal(err)
	}
	spec, pool := asked.Spec, asked.Pools[0].Spec
	if got := strings.Join(spec.DisabledAddons, " "); got != "azurepolicy omsAgent" || spec.NodeOSUpgradeChannel != "NodeImage" {
		t.Errorf("got add-ons %q and channel %q", got, spec.NodeOSUpgradeChannel)
	}
	if pool.OSSKU != "Ubuntu" || pool.OSDiskSizeGB != 0 || *pool.UpgradeSettings != (v1alpha1.UpgradeSettings{MaxSurge: "33%", UndrainableNodeBehavior: "Cordon"}) {
		t.Errorf("got %+v", pool)
	}
	now := present
	now.Object = present.Object.DeepCopy()
	now.Object.Spec = spec
	now.PoolObjects = []v1alpha1.AgentPool{{Spec: v1alpha1.ClusterPoolSpec{Name: "np1", AgentPoolSpec: pool}}}
	back, err := decode(t, `{"properties":{"addonProfiles":{"AzurePolicy":{"enabled":false}},"autoUpgradeProfile":{"nodeOSUpgradeChannel":"None"},
		"agentPoolProfiles":[{"name":"np1","osSKU":"Debian","upgradeSettings":{"nodeSoakDurationInMinutes":5}}]}}`, now)
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Spec.DisabledAddons) != 2 || back.Spec.NodeOSUpgradeChannel != "" || back.Pools[0].Spec.OSSKU != "" {
		t.Errorf("got %+v", back)
	}
	if settings := *back.Pools[0].Spec.UpgradeSettings; settings.MaxSurge != "33%" || settings.NodeSoakDurationInMinutes != 5 {
		t.Errorf("a setting that was not sent has changed: %+v", settings)
	}
	if before := now.PoolObjects[0].Spec.UpgradeSettings; before.NodeSoakDurationInMinutes != 0 {
		t.Error("decoding changed the present pool")
	}
}

func TestMerged(t *testing.T) {
	kept, err := decode(t, `{"properties":{"agentPoolProfiles":[{"name":"np1","count":5},{"name":"np2","mode":"user"}]}}`, present)
	if err != nil {
		t.Fatal(err)
	}
	one, two := kept.Pools[0], kept.Pools[1]
	if kept.Spec.DNSPrefix != "c1-rg" || kept.Spec.Tags["a"] != "b" || kept.Version != "" {
		t.Errorf("what the body does not name has changed: %+v", kept)
	}
	if one.Spec.Count != 5 || one.Spec.VMSize != "Standard_B2s" || one.Present == nil || one.Present.Count != 3 {
		t.Errorf("got %+v", one)
	}
	if two.Present != nil || two.Spec.Count != 1 || two.Spec.Mode != v1alpha1.UserPool || two.Path != "properties.agentPoolProfiles[1]" {
		t.Errorf("got %+v", two)
	}
	fresh, err := decode(t, `{"location":"LOCAL","tags":{},"properties":{"kubernetesVersion":"1.37","networkProfile":{"podCidrs":["10.1.0.0/16"],"networkPlugin":"none"},
		"agentPoolProfiles":[{"name":"np1","mode":"Odd","osDiskSizeGB":40,"nodeLabels":{"a":"b"},"nodeTaints":["a=b:NoSchedule"],"orchestratorVersion":""}]}}`, state.Cluster{})
	if err != nil {
		t.Fatal(err)
	}
	pool := fresh.Pools[0]
	if fresh.Spec.Location != "local" || fresh.Version != "1.37" || fresh.Spec.Network.PodCIDR != "10.1.0.0/16" || fresh.Spec.Network.Plugin != "none" {
		t.Errorf("got %+v", fresh)
	}
	if pool.Spec.OSDiskSizeGB != 40 || pool.Spec.Mode != "Odd" || pool.Spec.NodeLabels["a"] != "b" || len(pool.Spec.NodeTaints) != 1 || pool.VersionSent != true {
		t.Errorf("got %+v", pool)
	}
}

func TestDecodePool(t *testing.T) {
	failed := present
	failed.PoolObjects = []v1alpha1.AgentPool{*present.PoolObjects[0].DeepCopy()}
	failed.PoolObjects[0].Status.Operations = []v1alpha1.Operation{{State: v1alpha1.Failed}}
	for sentence, c := range map[string]struct {
		body    string
		present state.Cluster
		count   int32
		failed  bool
		target  string
	}{
		"an empty body keeps the pool":             {`{}`, present, 3, false, ""},
		"a count scales it":                        {`{"properties":{"count":0}}`, present, 0, false, ""},
		"a failed pool is known to be one":         {`{}`, failed, 3, true, ""},
		"another pool's document is this pool's":   {`{"id":"/x","name":"np2","type":"y"}`, present, 3, false, ""},
		"properties are refused by their own path": {`{"properties":{"colour":"red"}}`, present, 3, false, "properties.colour"},
	} {
		t.Run(sentence, func(t *testing.T) {
			p, _ := c.present.Pool("np1")
			o, err := body.Parse([]byte(c.body), wire.PoolOf(c.present, p))
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodePool(o, "np1", c.present)
			if (err == nil) != (c.target == "") || err != nil && fault.Of(err).Target != c.target {
				t.Fatalf("got %v", err)
			}
			if got.Spec.Count != c.count || got.Failed != c.failed {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestDecodeTags(t *testing.T) {
	spec := *present.Object.Spec.DeepCopy()
	spec.PoolProfiles = []v1alpha1.PoolProfile{{Name: "np1"}}
	for sentence, c := range map[string]struct{ body, tags, fault string }{
		"tags are replaced":              {`{"tags":{"c":"d"}}`, "d", ""},
		"tags stay if they are not sent": {`{}`, "", ""},
		"a PATCH has no properties":      {`{"properties":{"kubernetesVersion":"1.37"}}`, "", "properties"},
	} {
		t.Run(sentence, func(t *testing.T) {
			o, err := body.Parse([]byte(c.body), wire.ClusterOf(present))
			if err != nil {
				t.Fatal(err)
			}
			after, err := DecodeTags(o, spec)
			if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Fatalf("got %v", err)
			}
			if err == nil && (after.Tags["c"] != c.tags || after.PoolProfiles != nil || spec.PoolProfiles == nil) {
				t.Errorf("got %+v", after)
			}
		})
	}
}
