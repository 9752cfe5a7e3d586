package release

import (
	"strings"
	"testing"
)

func version(t *testing.T, s string) Version {
	t.Helper()
	v, err := ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestCheckUpgrade(t *testing.T) {
	for sentence, c := range map[string]struct{ from, to, refusal string }{
		"the present version is no upgrade and no fault":   {"1.36.3", "1.36.3", ""},
		"a newer patch of the same minor is allowed":       {"1.36.1", "1.36.3", ""},
		"any patch of the next minor is allowed":           {"1.36.3", "1.37.0", ""},
		"an older patch is refused":                        {"1.36.3", "1.36.1", "older than the present 1.36.3"},
		"an older minor is refused":                        {"1.36.3", "1.35.9", "older than the present 1.36.3"},
		"the minor after the next is refused":              {"1.35.4", "1.37.2", "one minor at a time"},
		"another major is refused, however near its minor": {"1.36.3", "2.36.3", "one minor at a time"},
	} {
		t.Run(sentence, func(t *testing.T) { refused(t, CheckUpgrade(version(t, c.from), version(t, c.to)), c.refusal) })
	}
}

func TestCheckPool(t *testing.T) {
	for sentence, c := range map[string]struct{ pool, controlPlane, refusal string }{
		"a pool may have its control plane's version":            {"1.37.2", "1.37.2", ""},
		"a pool may be three minors behind":                      {"1.34.4", "1.37.2", ""},
		"a pool four minors behind is refused":                   {"1.33.9", "1.37.2", "more than 3 minors behind"},
		"a pool with a newer patch is refused":                   {"1.37.3", "1.37.2", "upgrade the control plane first"},
		"a pool with a newer minor is refused":                   {"1.38.0", "1.37.2", "upgrade the control plane first"},
		"a pool of another major is refused, whatever its minor": {"1.37.2", "2.37.2", "more than 3 minors behind"},
	} {
		t.Run(sentence, func(t *testing.T) { refused(t, CheckPool(version(t, c.pool), version(t, c.controlPlane)), c.refusal) })
	}
}

func refused(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestVersionsAreOrdered(t *testing.T) {
	for sentence, c := range map[string]struct {
		a, b string
		want int
	}{
		"a patch follows the one before":              {"1.37.2", "1.37.10", -1},
		"a minor follows all patches of the last one": {"1.37.0", "1.36.9", 1},
		"a major follows all minors of the last one":  {"2.0.0", "1.99.9", 1},
		"an alias comes before its patches":           {"1.37", "1.37.0", -1},
		"a version equals itself with a leading v":    {"v1.37.2", "1.37.2", 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			a, b := version(t, c.a), version(t, c.b)
			if got := a.Compare(b); got != c.want || b.Compare(a) != -c.want {
				t.Errorf("%s against %s is %d, want %d", a, b, got, c.want)
			}
		})
	}
}
