package install

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/images"
)

func TestWithNodeImage(t *testing.T) {
	made := func(name, version, node string, day int) v1alpha1.Release {
		return v1alpha1.Release{
			ObjectMeta: metav1.ObjectMeta{Name: name, CreationTimestamp: metav1.NewTime(time.Date(2026, 11, day, 0, 0, 0, 0, time.UTC))},
			Spec: v1alpha1.ReleaseSpec{KubernetesVersion: version, NodeImageVersion: "LotseDebian-12-" + node, Images: map[string]string{
				"node": "node:" + node, "kubernetes": "kubernetes:" + name, "coredns": "coredns:" + name,
			}},
		}
	}
	old, newer, other := made("old", "1.37.2", "202611.16.0", 16), made("newer", "1.37.2", "202611.23.0", 23), made("other", "1.36.3", "202611.23.0", 24)
	for sentence, c := range map[string]struct {
		there  []v1alpha1.Release
		node   string
		others string // the release that all other images are of
		before string // the release that has it
		fails  string
	}{
		"it takes the place of that in the newest release of its version": {[]v1alpha1.Release{old, newer, other}, "202611.30.0", "newer", "", ""},
		"what is published again is there":                                {[]v1alpha1.Release{old, newer, other}, "202611.23.0", "newer", "newer", ""},
		"an earlier one stays what it was":                                {[]v1alpha1.Release{old, newer, other}, "202611.16.0", "old", "old", ""},
		"without a release of its version nothing can have it":            {[]v1alpha1.Release{other}, "202611.30.0", "", "", "no release of Kubernetes 1.37.2 is installed"},
	} {
		t.Run(sentence, func(t *testing.T) {
			catalogue := images.Catalogue{KubernetesVersion: "v1.37.2", NodeImageVersion: "LotseDebian-12-" + c.node}
			r, before, err := withNodeImage(c.there, catalogue, "node:"+c.node)
			if err != nil || c.fails != "" {
				if err == nil || c.fails == "" || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("got %v", err)
				}
				return
			}
			if r.Spec.Images["node"] != "node:"+c.node || r.Spec.NodeImageVersion != "LotseDebian-12-"+c.node || r.Spec.KubernetesVersion != "1.37.2" ||
				r.Spec.Images["kubernetes"] != "kubernetes:"+c.others || r.Spec.Images["coredns"] != "coredns:"+c.others {
				t.Errorf("got %+v", r.Spec)
			}
			if before != (c.before != "") || before && r.Name != c.before || !before && !strings.HasPrefix(r.Name, "v1.37.2-") {
				t.Errorf("before %t: %s", before, r.Name)
			}
			if newer.Spec.Images["node"] != "node:202611.23.0" {
				t.Error("the release that there was has changed")
			}
		})
	}
}
