package containerservice

import (
	"net/netip"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/release"
)

var catalogue = release.New([]v1alpha1.Release{
	{ObjectMeta: metav1.ObjectMeta{Name: "r1"}, Spec: v1alpha1.ReleaseSpec{KubernetesVersion: "1.37.2"}},
})

// FuzzPut sends anything as the body of a PUT, of a new cluster and of one that is. What is let in must be whole.
func FuzzPut(f *testing.F) {
	for _, seed := range []string{
		`{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","mode":"System","count":1}]}}`,
		`{"location":"local","properties":{"agentPoolProfiles":[{"name":"np1","vmSize":"","nodeLabels":{"a":null},"nodeTaints":["a=b:NoSchedule"]}],
			"networkProfile":{"podCidr":"10.1.0.0/16","serviceCidr":"10.2.0.0/24"}}}`,
		`{"properties":{"kubernetesVersion":"1.37","enableRBAC":true,"identityProfile":{}}}`,
		`{"tags":{"a":"b"},"properties":{"agentPoolProfiles":null}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fresh := v1alpha1.ManagedClusterSpec{SubscriptionID: "s", ResourceGroup: "rg", Name: "c1"}
		spec, ok := put(t, text, state{}, fresh, identifiers{Name: "c1"})
		if !ok {
			return
		}
		if len(spec.PoolProfiles) == 0 || spec.Release != "r1" || spec.Network.DNSServiceIP == "" {
			t.Errorf("let in: %+v", spec)
		}
		s := state{cluster: &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{UID: "u", Generation: 1}, Spec: spec}}
		if after, ok := put(t, text, s, spec, clusterBodyOf(s)); ok && !unchanged(s, after) {
			t.Errorf("the same request again is a change: %+v, then %+v", spec, after)
		}
	})
}

func put(t *testing.T, text string, s state, spec v1alpha1.ManagedClusterSpec, present any) (v1alpha1.ManagedClusterSpec, bool) {
	t.Helper()
	o, err := body.Parse([]byte(text), present)
	if err != nil {
		return spec, false
	}
	req, err := decodeCluster(o, s, *spec.DeepCopy(), "local")
	if err != nil {
		return spec, false
	}
	spec, err = planCluster(req, s, catalogue)
	return spec, err == nil
}

// FuzzPutPool sends anything as the body of a PUT of a pool, new and as it is.
func FuzzPutPool(f *testing.F) {
	for _, seed := range []string{
		`{"properties":{"count":1,"vmSize":"Standard_B2s","mode":"User","orchestratorVersion":""}}`,
		`{"properties":{"count":0,"nodeLabels":{"a":"b"},"nodeTaints":["a=b:NoSchedule"],"tags":{"x":"y"}}}`,
		`{"properties":{"maxPods":30,"osDiskSizeGB":0,"osDiskType":"Managed","scaleDownMode":"Delete","upgradeSettings":{}}}`,
		`{"name":"np1","properties":{"orchestratorVersion":"1.37","enableAutoScaling":false,"spotMaxPrice":-1}}`,
	} {
		f.Add(seed)
	}
	cluster := v1alpha1.ManagedClusterSpec{SubscriptionID: "s", ResourceGroup: "rg", Name: "c1", KubernetesVersion: "1.37.2", Release: "r1"}
	s := state{cluster: &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{UID: "u", Generation: 1}, Spec: cluster}}
	f.Fuzz(func(t *testing.T, text string) {
		spec, ok := putPool(text, s, identifiers{Name: "np1"})
		if !ok {
			return
		}
		if spec.VMSize == "" || spec.Release == "" || spec.MaxPods == 0 || spec.Count < 0 || spec.Count > v1alpha1.MaxNodesPerPool {
			t.Errorf("let in: %+v", spec)
		}
		object := &v1alpha1.AgentPool{Spec: v1alpha1.ClusterPoolSpec{Name: "np1", AgentPoolSpec: spec}}
		there := state{cluster: s.cluster, pools: []v1alpha1.AgentPool{*object}}
		if after, ok := putPool(text, there, poolBodyOf(there, member{"np1", spec, object})); ok && !sameJSON(after, spec) {
			t.Errorf("the same request again is a change: %+v, then %+v", spec, after)
		}
	})
}

func putPool(text string, s state, present any) (v1alpha1.AgentPoolSpec, bool) {
	o, err := body.Parse([]byte(text), present)
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, false
	}
	req, err := decodePoolBody(o, "np1", s)
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, false
	}
	spec, faults := planPool(req, s.cluster.Spec, catalogue)
	return spec, len(faults) == 0
}

// FuzzNetwork lets in only networks that machines can live in.
func FuzzNetwork(f *testing.F) {
	f.Add("10.244.0.0/16", "10.0.0.0/16", "10.0.0.10")
	f.Add("0.0.0.0/0", "::/0", "")
	f.Add("100.64.0.0/10", "255.255.255.255/32", "1")
	f.Add("10.1.0.0/24", "10.2.0.240/28", "")
	f.Fuzz(func(t *testing.T, pods, services, dns string) {
		n := completeNetwork(v1alpha1.NetworkSpec{PodCIDR: pods, ServiceCIDR: services, DNSServiceIP: dns})
		if len(checkNetwork(n, nil)) > 0 {
			return
		}
		p, s, d := netip.MustParsePrefix(n.PodCIDR), netip.MustParsePrefix(n.ServiceCIDR), netip.MustParseAddr(n.DNSServiceIP)
		for _, r := range reserved {
			if p.Overlaps(r) || s.Overlaps(r) {
				t.Errorf("%s and %s were let in beside %s", p, s, r)
			}
		}
		if p.Overlaps(s) || !s.Contains(d) || d == s.Addr().Next() {
			t.Errorf("let in: %+v", n)
		}
	})
}

// FuzzClaim reads what stands on an object, which nobody promises to be ours.
func FuzzClaim(f *testing.F) {
	f.Add(`{"pool":"np1","uid":"u","generation":1,"until":"2026-11-23T15:00:00Z"}`)
	f.Add(`{"until":"never"}`)
	f.Fuzz(func(t *testing.T, text string) {
		c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{v1alpha1.AnnotationClaim: text}}}
		if found, ok := readClaim(c); ok && found.pending(state{cluster: c}, found.Until) {
			t.Errorf("the claim %s does not end", text)
		}
	})
}
