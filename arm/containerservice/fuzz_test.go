package containerservice

import (
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
		spec, ok := put(t, text, state{}, fresh, stub{Name: "c1"})
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
