package containerservice

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/release"
)

var catalogue = release.New([]v1alpha1.Release{
	{ObjectMeta: metav1.ObjectMeta{Name: "r1"}, Spec: v1alpha1.ReleaseSpec{KubernetesVersion: "1.37.2"}},
}, time.Now())

// FuzzPut sends anything as the body of a PUT, of a new cluster and of one that is. An accepted spec must be complete.
func FuzzPut(f *testing.F) {
	for _, seed := range []string{
		`{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":1}]}}`,
		`{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","vmSize":"","nodeLabels":{"a":null},"nodeTaints":["a=b:NoSchedule"]}],
			"networkProfile":{"podCidr":"10.1.0.0/16","serviceCidr":"10.2.0.0/24"}}}`,
		`{"properties":{"kubernetesVersion":"1.37","enableRBAC":true,"identityProfile":{}}}`,
		`{"tags":{"a":"b"},"properties":{"agentPoolProfiles":null}}`,
		`{"location":"local","properties":{"kubernetesVersion":"1.37","addonProfiles":{"azurepolicy":{"enabled":false,"config":{"a":"b"}},"x":null},
			"autoUpgradeProfile":{"nodeOSUpgradeChannel":"NodeImage"},"networkProfile":{"networkPlugin":"azure","networkPluginMode":"overlay"},
			"agentPoolProfiles":[{"name":"np1","osSKU":"Ubuntu","orchestratorVersion":"1.37","upgradeSettings":{"maxSurge":"33%"}}]}}`,
		`{"id":"/x","eTag":"x","identity":{"type":"SystemAssigned","principalId":"x"},"properties":{"identityProfile":{"a":{"clientId":"x"}},"lotseProfile":1}}`,
		`{"properties":{"upgradeSettings":{"overrideSettings":{"forceUpgrade":true,"until":"2026-12-01T18:00:00.5+01:00"}},
			"lotseProfile":{"acknowledgedVersionGates":["kubelet-configuration-in-logs"]}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fresh := v1alpha1.ManagedClusterSpec{SubscriptionID: "s", ResourceGroup: "rg", Name: "c1"}
		spec, ok := put(t, text, state.Cluster{}, fresh, wire.Identifiers{Name: "c1"})
		if !ok {
			return
		}
		if len(spec.PoolProfiles) == 0 || spec.Release != "r1" || spec.Network.DNSServiceIP == "" {
			t.Errorf("accepted: %+v", spec)
		}
		s := state.Cluster{Object: &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{UID: "u", Generation: 1}, Spec: spec}}
		if after, ok := put(t, text, s, spec, wire.ClusterOf(s)); ok && !plan.Unchanged(s, after) {
			t.Errorf("the same request again is a change: %+v, then %+v", spec, after)
		}
	})
}

func put(t *testing.T, text string, s state.Cluster, spec v1alpha1.ManagedClusterSpec, present any) (v1alpha1.ManagedClusterSpec, bool) {
	t.Helper()
	o, err := body.Parse([]byte(text), present)
	if err != nil {
		return spec, false
	}
	req, err := request.DecodeCluster(o, s, spec, "local")
	if err != nil {
		return spec, false
	}
	spec, err = plan.Cluster(req, plan.Facts{Present: s, Catalogue: catalogue})
	return spec, err == nil
}

// FuzzPutPool sends anything as the body of a PUT of a pool, new and as it is.
func FuzzPutPool(f *testing.F) {
	for _, seed := range []string{
		`{"properties":{"count":1,"vmSize":"Standard_B2s","mode":"User","orchestratorVersion":""}}`,
		`{"properties":{"count":0,"nodeLabels":{"a":"b"},"nodeTaints":["a=b:NoSchedule"],"tags":{"x":"y"}}}`,
		`{"properties":{"maxPods":30,"osDiskSizeGB":0,"osDiskType":"Managed","scaleDownMode":"Delete","upgradeSettings":{}}}`,
		`{"name":"np1","properties":{"orchestratorVersion":"1.37","enableAutoScaling":false,"spotMaxPrice":-1}}`,
		`{"properties":{"osSKU":"Debian","upgradeSettings":{"maxSurge":"0","maxUnavailable":"50%","drainTimeoutInMinutes":5,"undrainableNodeBehavior":"Cordon"}}}`,
	} {
		f.Add(seed)
	}
	cluster := v1alpha1.ManagedClusterSpec{SubscriptionID: "s", ResourceGroup: "rg", Name: "c1", KubernetesVersion: "1.37.2", Release: "r1"}
	system := v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Name: "system", AgentPoolSpec: v1alpha1.AgentPoolSpec{
		Mode: v1alpha1.SystemPool, Count: 1, OrchestratorVersion: "1.37.2"}}}
	s := state.Cluster{Object: &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{UID: "u", Generation: 1}, Spec: cluster},
		PoolObjects: []v1alpha1.AgentPool{system}}
	f.Fuzz(func(t *testing.T, text string) {
		spec, ok := putPool(text, s, wire.Identifiers{Name: "np1"})
		if !ok {
			return
		}
		if spec.VMSize == "" || spec.Release == "" || spec.MaxPods == 0 || spec.Count < 0 || spec.Count > v1alpha1.MaxNodesPerPool {
			t.Errorf("accepted: %+v", spec)
		}
		object := &v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Name: "np1", AgentPoolSpec: spec}}
		there := state.Cluster{Object: s.Object, PoolObjects: []v1alpha1.AgentPool{*object, system}}
		if after, ok := putPool(text, there, wire.PoolOf(there, state.Pool{Name: "np1", Spec: spec, Object: object})); ok && !plan.Same(after, spec) {
			t.Errorf("the same request again is a change: %+v, then %+v", spec, after)
		}
	})
}

func putPool(text string, s state.Cluster, present any) (v1alpha1.AgentPoolSpec, bool) {
	o, err := body.Parse([]byte(text), present)
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, false
	}
	req, err := request.DecodePool(o, "np1", s)
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, false
	}
	spec, err := plan.Pool(req, plan.Facts{Present: s, Catalogue: catalogue})
	return spec, err == nil
}
