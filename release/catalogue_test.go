package release

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// today is a day on which 1.35 to 1.37 are supported and 1.34 has expired.
var today = day(2026, time.November, 27)

func catalogue(versions ...string) Catalogue { return catalogueAt(today, versions...) }

func catalogueAt(now time.Time, versions ...string) Catalogue {
	var releases []v1alpha1.Release
	for i, v := range versions {
		releases = append(releases, v1alpha1.Release{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("v%s-%d", v, i), CreationTimestamp: metav1.NewTime(time.Unix(int64(i), 0))},
			Spec:       v1alpha1.ReleaseSpec{KubernetesVersion: v},
		})
	}
	return New(releases, now)
}

func TestResolve(t *testing.T) {
	full := []string{"1.34.4", "1.35.4", "1.36.1", "1.36.3", "1.37.2", "1.37.0"}
	for sentence, c := range map[string]struct {
		have      []string
		requested string
		want      string
	}{
		"nothing asked for is the newest patch of the newest minor but one": {full, "", "1.36.3"},
		"of one minor the default is its newest patch":                      {[]string{"1.37.0", "1.37.2"}, "", "1.37.2"},
		"an alias is its newest patch":                                      {full, "1.37", "1.37.2"},
		"a full version is itself":                                          {full, "1.37.0", "1.37.0"},
		"a leading v does no harm":                                          {full, "v1.36.1", "1.36.1"},
		"a minor that fell out of the window cannot be created":             {full, "1.34", ""},
		"what upstream supports no more can be created within the window":   {[]string{"1.34.4", "1.35.4"}, "1.34", "1.34.4"},
		"a version that is not there is refused":                            {full, "1.37.9", ""},
		"what is no version is refused":                                     {full, "latest", ""},
		"without releases there is no default":                              {nil, "", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			v, err := catalogue(c.have...).Resolve(c.requested)
			switch {
			case c.want == "" && err == nil:
				t.Errorf("got %s, want a refusal", v)
			case c.want != "" && (err != nil || v.String() != c.want):
				t.Errorf("got %s, %v", v, err)
			}
		})
	}
}

func TestRefusalsNameWhatThereIs(t *testing.T) {
	_, err := catalogue("1.36.3", "1.37.2").Resolve("1.20")
	if err == nil || !strings.Contains(err.Error(), "1.37.2, 1.36.3") {
		t.Errorf("got %v", err)
	}
}

func TestUpgrades(t *testing.T) {
	c := catalogue("1.35.4", "1.36.1", "1.36.3", "1.37.2")
	v := func(s string) Version { p, _ := ParseVersion(s); return p }
	for sentence, x := range map[string]struct {
		got  []Version
		want string
	}{
		"a control plane goes to newer patches and the next minor": {c.Upgrades(v("1.36.1")), "[1.36.3 1.37.2]"},
		"a control plane skips no minor":                           {c.Upgrades(v("1.35.4")), "[1.36.1 1.36.3]"},
		"one that left the window finds the way back into it":      {catalogue("1.33.1", "1.34.4", "1.35.4", "1.36.3", "1.37.2").Upgrades(v("1.33.1")), "[1.34.4]"},
		"a pool goes on to a version that left the window":         {catalogue("1.33.1", "1.34.4", "1.37.2").PoolUpgrades(v("1.33.1"), v("1.34.4")), "[1.34.4]"},
		"a new pool gets none that left the window":                {catalogue("1.34.4", "1.35.4", "1.36.3", "1.37.2").PoolVersions(v("1.36.3")), "[1.36.3 1.35.4]"},
		"the newest goes nowhere":                                  {c.Upgrades(v("1.37.2")), "[]"},
		"a pool goes up to its control plane":                      {c.PoolUpgrades(v("1.35.4"), v("1.36.3")), "[1.36.1 1.36.3]"},
		"a new pool has at most its control plane's version":       {c.PoolVersions(v("1.36.1")), "[1.36.1 1.35.4]"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := fmt.Sprint(x.got); got != x.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestTheNewestBuildOfAVersionIsTaken(t *testing.T) {
	c := catalogue("1.37.2", "1.37.2")
	r, ok := c.Release(Version{1, 37, 2})
	if !ok || r.Name != "v1.37.2-1" {
		t.Errorf("got %s", r.Name)
	}
	if _, ok := c.ByName("v1.37.2-0"); !ok {
		t.Error("the older build cannot be found any more")
	}
	if r, ok := c.Release(Version{1, 36, 0}); ok {
		t.Errorf("a version that is not there has the release %s", r.Name)
	}
	if r, ok := c.ByName("v1.36.0-0"); ok {
		t.Errorf("a release that is not there is %s", r.Name)
	}
}

func TestAReleaseWithoutAReadableVersionIsLeftOut(t *testing.T) {
	c := catalogue("1.37.2", "1.37", "latest")
	if got := fmt.Sprint(c.Versions()); got != "[1.37.2]" {
		t.Errorf("versions are %s", got)
	}
	if got := catalogue().List(); !strings.Contains(got, "no Kubernetes release is installed") {
		t.Errorf("an empty catalogue is listed as %q", got)
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"1.37", "1.37.2", "v1.37.2", "", "1", "1.037", "1.37.2-alpha", "-1.2", "1.99999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		v, err := ParseVersion(s)
		if err == nil && v.String() != strings.TrimPrefix(s, "v") {
			t.Errorf("%q was read as %s", s, v)
		}
	})
}
