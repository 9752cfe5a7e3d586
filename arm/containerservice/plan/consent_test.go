package plan

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/fault"
	"lotse.dev/release"
)

func TestConsentIsRecordedWithWhoAndWhen(t *testing.T) {
	before, now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	old := v1alpha1.Consent{By: "otto", At: metav1.NewTime(before)}
	force := func(until time.Time, c v1alpha1.Consent) *v1alpha1.UpgradeOverride {
		return &v1alpha1.UpgradeOverride{ForceUpgrade: true, Until: &metav1.Time{Time: until}, Consent: c}
	}
	known := release.GateIDs()
	for sentence, c := range map[string]struct {
		had     []string
		forced  *v1alpha1.UpgradeOverride
		gates   []string // nil for none sent
		asked   *v1alpha1.UpgradeOverride
		want    string
		refused bool
	}{
		"what is not sent stays":                          {known[:1], force(now, old), nil, force(now, old), known[0] + " otto 2026-11-01; forced otto 2026-11-01", false},
		"a gate that is new is the caller's":              {known[:1], nil, known[:2], nil, known[0] + " otto 2026-11-01; " + known[1] + " anna 2026-11-27", false},
		"a gate that is named twice is one":               {nil, nil, []string{known[0], known[0]}, nil, known[0] + " anna 2026-11-27", false},
		"a gate that is left out is taken back":           {known[:2], nil, known[1:2], nil, known[1] + " otto 2026-11-01", false},
		"an empty list takes all back":                    {known[:2], nil, []string{}, nil, "", false},
		"a gate that there is no more stays":              {[]string{"old-gate"}, nil, []string{"old-gate"}, nil, "old-gate otto 2026-11-01", false},
		"one that there never was is refused":             {nil, nil, []string{"no-gate"}, nil, "", true},
		"an override is the caller's who sets it":         {nil, nil, nil, force(now, v1alpha1.Consent{}), "forced anna 2026-11-27", false},
		"one that is set to another time is the caller's": {nil, force(before, old), nil, force(now, old), "forced anna 2026-11-27", false},
		"one that is taken away leaves no record":         {nil, force(before, old), nil, nil, "", false},
	} {
		t.Run(sentence, func(t *testing.T) {
			present := existing()
			for _, id := range c.had {
				present.Object.Spec.VersionGates = append(present.Object.Spec.VersionGates, v1alpha1.VersionGateAcknowledgement{Gate: id, Consent: old})
			}
			present.Object.Spec.UpgradeOverride = c.forced
			req := asks(present, func(r *request.Cluster) {
				r.Spec.UpgradeOverride, r.Gates, r.GatesSent = c.asked, c.gates, c.gates != nil
			})
			spec, err := Cluster(req, Facts{Present: present, Catalogue: releases, Caller: "anna", Now: now})
			if c.refused {
				if err == nil || fault.Of(err).Target != request.GatesPath || !strings.Contains(err.Error(), known[0]) {
					t.Errorf("got %v", err)
				}
				return
			}
			var got []string
			for _, g := range spec.VersionGates {
				got = append(got, fmt.Sprintf("%s %s %s", g.Gate, g.By, g.At.Format(time.DateOnly)))
			}
			if o := spec.UpgradeOverride; o != nil {
				got = append(got, fmt.Sprintf("forced %s %s", o.By, o.At.Format(time.DateOnly)))
			}
			if err != nil || strings.Join(got, "; ") != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestUpgradesOfWhatRuns(t *testing.T) {
	runs, never := existing().Object, existing().Object
	runs.Status.CurrentKubernetesVersion = "1.37.0"
	newer := *runs.Spec.DeepCopy()
	newer.KubernetesVersion = "1.37.2"
	for sentence, c := range map[string]struct {
		present *v1alpha1.ManagedCluster
		after   v1alpha1.ManagedClusterSpec
		want    bool
	}{
		"another version of a cluster that runs": {runs, newer, true},
		"the version that it has":                {runs, runs.Spec, false},
		"another version of one that never ran":  {never, newer, false},
		"a new cluster":                          {nil, newer, false},
	} {
		if Upgrades(c.present, c.after) != c.want {
			t.Errorf("%s: want %v", sentence, c.want)
		}
	}
}
