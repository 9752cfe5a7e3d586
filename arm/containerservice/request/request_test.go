package request

import (
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
		"a read-only property must be as it was read":   {`{"properties":{"provisioningState":"Failed"}}`, present, "properties.provisioningState", fault.InvalidParameter},
		"an OIDC issuer cannot be disabled":             {`{"properties":{"oidcIssuerProfile":{"enabled":false}}}`, issuing(), "properties.oidcIssuerProfile.enabled", fault.OIDCIssuerStays},
		"an OIDC issuer has the URL that it was given":  {`{"properties":{"oidcIssuerProfile":{"enabled":true,"issuerURL":"https://mine"}}}`, issuing(), "properties.oidcIssuerProfile.issuerURL", fault.InvalidParameter},
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
		"another name than the path's is refused":  {`{"name":"np2"}`, present, 3, false, "name"},
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
