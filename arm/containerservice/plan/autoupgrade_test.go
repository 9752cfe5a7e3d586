package plan

import (
	"fmt"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/release"
)

func TestAutoUpgrade(t *testing.T) {
	aliased := func(p *v1alpha1.AgentPoolSpec) { p.VersionAlias = "1.37" }
	pinned := func(p *v1alpha1.AgentPoolSpec) { p.NodeImageVersion = "image-1" }
	alias := func(s state.Cluster) state.Cluster { s.Object.Spec.VersionAlias = "1.37"; return s }
	leaving := object("gone", poolSpec())
	leaving.DeletionTimestamp = &metav1.Time{}
	patch, minor := release.Version{Major: 1, Minor: 37, Patch: 2}, release.Version{Major: 1, Minor: 38, Patch: 0}
	all := release.New(append([]v1alpha1.Release{named("r1.38.0")}, named("r1.37.0"), named("r1.37.2")), time.Now())
	for sentence, c := range map[string]struct {
		present state.Cluster
		to      release.Version
		pools   map[string]release.Version
		want    string
	}{
		"control plane and pool get a patch":         {existing(), patch, map[string]release.Version{"np1": patch}, "1.37.2  r1.37.2; np1 1.37.2  r1.37.2"},
		"pools that are not named stay as they are":  {existing(), patch, nil, "1.37.2  r1.37.2"},
		"a pool that is being deleted is left out":   {existing(leaving), patch, map[string]release.Version{"gone": patch}, "1.37.2  r1.37.2"},
		"an alias remains one over patches":          {alias(existing(object("np2", poolSpec(aliased)))), patch, map[string]release.Version{"np2": patch}, "1.37.2 1.37 r1.37.2; np2 1.37.2 1.37 r1.37.2"},
		"and follows to another minor":               {alias(existing(object("np2", poolSpec(aliased)))), minor, map[string]release.Version{"np2": minor}, "1.38.0 1.38 r1.38.0; np2 1.38.0 1.38 r1.38.0"},
		"a pool alone, under the same control plane": {alias(existing(object("np2", poolSpec()))), release.Version{Major: 1, Minor: 37, Patch: 0}, map[string]release.Version{"np2": {Major: 1, Minor: 37, Patch: 0}}, "1.37.0 1.37 r1.37.0; np2 1.37.0  r1.37.0"},
		"never back":                                     {existing(), release.Version{Major: 1, Minor: 36, Patch: 3}, nil, ""},
		"a pool never beyond its control plane":          {existing(), patch, map[string]release.Version{"np1": minor}, ""},
		"a pinned pool only to a release with its image": {existing(object("np2", poolSpec(pinned))), patch, map[string]release.Version{"np2": patch}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			spec, err := AutoUpgrade(c.to, c.pools, Facts{Present: c.present, Catalogue: all})
			if err != nil {
				if c.want != "" {
					t.Error(err)
				}
				return
			}
			got := fmt.Sprintf("%s %s %s", spec.KubernetesVersion, spec.VersionAlias, spec.Release)
			for _, p := range spec.PoolProfiles {
				got += fmt.Sprintf("; %s %s %s %s", p.Name, p.OrchestratorVersion, p.VersionAlias, p.Release)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
