package admission

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/preflight"
)

// on a release of a version, with how many nodes it surges by.
func on(version, surge string) func(*v1alpha1.AgentPool) {
	return func(p *v1alpha1.AgentPool) {
		p.Spec.OrchestratorVersion, p.Spec.Release = version, "r"+version
		p.Spec.UpgradeSettings = &v1alpha1.UpgradeSettings{MaxSurge: surge}
	}
}

func asleep(p *v1alpha1.AgentPool) { p.Spec.PowerState = v1alpha1.Stopped }

// upgraded cluster, whose pools become others.
func upgraded(pools ...v1alpha1.AgentPool) v1alpha1.ManagedClusterSpec {
	spec := v1alpha1.ManagedClusterSpec{KubernetesVersion: "1.37.2"}
	for _, p := range pools {
		spec.PoolProfiles = append(spec.PoolProfiles, v1alpha1.PoolProfile{Name: p.Spec.Name, AgentPoolSpec: p.Spec.AgentPoolSpec})
	}
	return spec
}

func TestUpgradeFacts(t *testing.T) {
	failed := func(p *v1alpha1.AgentPool) { p.Status.CurrentOrchestratorVersion = "1.34.1" }
	for sentence, c := range map[string]struct {
		present state.Cluster
		spec    v1alpha1.ManagedClusterSpec
		// want are the pools, with what they run, what they are to have and whether they are drained; surge is how many machines more.
		want  string
		surge int
	}{
		"a pool that is upgraded is drained": {
			existing(pool("a", v1alpha1.SystemPool, 3, on("1.36.3", ""))), upgraded(pool("a", v1alpha1.SystemPool, 3, on("1.37.2", ""))), "a 1.36.3 1.37.2 true", 1,
		},
		"one that stays is not": {existing(pool("a", v1alpha1.SystemPool, 3, on("1.36.3", ""))), upgraded(), "a 1.36.3 1.36.3 false", 0},
		"a pool that another write left half way has older nodes": {
			existing(pool("a", v1alpha1.SystemPool, 3, on("1.36.3", ""), failed)), upgraded(), "a 1.34.1 1.36.3 false", 0,
		},
		"surge machines of all pools count": {
			existing(pool("a", v1alpha1.SystemPool, 3, on("1.36.3", "")), pool("b", v1alpha1.UserPool, 4, on("1.36.3", ""))),
			upgraded(pool("a", v1alpha1.SystemPool, 3, on("1.37.2", "2")), pool("b", v1alpha1.UserPool, 4, on("1.37.2", "50%"))),
			"a 1.36.3 1.37.2 true, b 1.36.3 1.37.2 true", 4,
		},
		"a pool that is stopped drains nothing": {
			existing(pool("a", v1alpha1.UserPool, 3, on("1.36.3", ""), asleep)), upgraded(pool("a", v1alpha1.UserPool, 3, on("1.37.2", ""), asleep)), "a 1.36.3 1.37.2 false", 0,
		},
		"nor does an empty one": {
			existing(pool("a", v1alpha1.UserPool, 0, on("1.36.3", ""))), upgraded(pool("a", v1alpha1.UserPool, 0, on("1.37.2", ""))), "a 1.36.3 1.37.2 false", 0,
		},
		"a pool that goes does not count, nor one that comes": {
			existing(pool("a", v1alpha1.UserPool, 3, on("1.36.3", ""), leaving)), upgraded(pool("b", v1alpha1.UserPool, 3, on("1.37.2", ""))), "", 0,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			c.present.Object.Spec.KubernetesVersion = "1.36.3"
			f := UpgradeFacts(c.present, c.spec, time.Now())
			var got []string
			for _, p := range f.Pools {
				got = append(got, fmt.Sprintf("%s %s %s %t", p.Name, p.Runs, p.To, p.Drained))
			}
			if strings.Join(got, ", ") != c.want || f.From.String() != "1.36.3" || f.To.String() != "1.37.2" {
				t.Errorf("got %v from %s to %s", got, f.From, f.To)
			}
			if n := len(Surge(c.present, c.spec)); n != c.surge {
				t.Errorf("got %d surge machines, want %d", n, c.surge)
			}
		})
	}
}

func TestAnOverrideHoldsUntilItsEnd(t *testing.T) {
	at := func(d time.Duration) *metav1.Time { return &metav1.Time{Time: now.Add(d)} }
	for sentence, c := range map[string]struct {
		override *v1alpha1.UpgradeOverride
		want     bool
	}{
		"without one nothing is forced":       {nil, false},
		"one without an end is not in effect": {&v1alpha1.UpgradeOverride{ForceUpgrade: true}, false},
		"one that has ended is not":           {&v1alpha1.UpgradeOverride{ForceUpgrade: true, Until: at(0)}, false},
		"one that has not ended is":           {&v1alpha1.UpgradeOverride{ForceUpgrade: true, Until: at(time.Second)}, true},
		"one that is off is not":              {&v1alpha1.UpgradeOverride{Until: at(time.Hour)}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			spec := upgraded()
			spec.UpgradeOverride = c.override
			if f := UpgradeFacts(existing(), spec, now.Time); f.Forced != c.want {
				t.Errorf("forced: %t", f.Forced)
			}
		})
	}
}

func TestUpgrade(t *testing.T) {
	found := func(c preflight.Code, s preflight.Severity) preflight.Finding {
		return preflight.Finding{Code: c, Severity: s, Object: "x", Message: string(c) + " is in the way."}
	}
	for sentence, c := range map[string]struct {
		findings []preflight.Finding
		kind     fault.Kind
		subcode  string
		details  int
	}{
		"nothing is in the way":                   {nil, "", "", 0},
		"warnings let it begin":                   {[]preflight.Finding{found(preflight.UnsatisfiedPDB, preflight.Warns)}, "", "", 0},
		"what is overridden lets it begin":        {[]preflight.Finding{found(preflight.UnsatisfiedPDB, preflight.Overridden)}, "", "", 0},
		"a budget has AKS's codes":                {[]preflight.Finding{found(preflight.UnsatisfiedPDB, preflight.Blocks)}, fault.ValidationError, "UnsatisfiablePDB", 0},
		"skew is a wrong version":                 {[]preflight.Finding{found(preflight.Skew, preflight.Blocks)}, fault.VersionNotSupported, "", 0},
		"missing capacity is as that of growth":   {[]preflight.Finding{found(preflight.Capacity, preflight.Blocks)}, fault.AllocationFailed, "", 0},
		"what is not known may be known later on": {[]preflight.Finding{found(preflight.NotChecked, preflight.Blocks)}, fault.OperationNotAllowed, "", 0},
		"all that blocks is named": {[]preflight.Finding{
			found(preflight.DeprecatedAPI, preflight.Blocks), found(preflight.GateClosed, preflight.Blocks), found(preflight.BlockingWebhook, preflight.Warns),
		}, fault.ValidationError, "UpgradeBlockedOnDeprecatedAPIUsage", 2},
	} {
		t.Run(sentence, func(t *testing.T) {
			err := Upgrade(c.findings)
			if c.kind == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			e := fault.Of(err)
			if err == nil || e.Kind != c.kind || e.Subcode != c.subcode || len(e.Details) != c.details || e.Target != "properties.kubernetesVersion" {
				t.Fatalf("got %v, subcode %q, %d details at %s", err, e.Subcode, len(e.Details), e.Target)
			}
			for _, f := range c.findings {
				if strings.Contains(e.Message, f.Message) != (f.Severity == preflight.Blocks) {
					t.Errorf("%s %s: got %s", f.Severity, f.Code, e.Message)
				}
			}
			if strings.Contains(e.Message, "forceUpgrade") == (c.kind == fault.VersionNotSupported) {
				t.Errorf("got %s", e.Message)
			}
			if (e.RetryAfter > 0) != (c.kind == fault.OperationNotAllowed) {
				t.Errorf("repeat after %s", e.RetryAfter)
			}
		})
	}
}
