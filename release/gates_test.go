package release

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestGates(t *testing.T) {
	const dra, logs = "dra-granular-status-authorization", "kubelet-configuration-in-logs"
	for sentence, c := range map[string]struct {
		from, to string
		want     []string
	}{
		"an upgrade to a minor passes its gates":            {"1.35.4", "1.36.0", []string{dra}},
		"one to the next minor does not ask for those past": {"1.36.3", "1.37.2", []string{logs}},
		"one over two minors passes both":                   {"1.35.4", "1.37.2", []string{dra, logs}},
		"a patch passes none":                               {"1.37.0", "1.37.2", nil},
		"the first patch of the present minor passes none":  {"1.36.0", "1.36.3", nil},
		"a minor before the breaks passes none":             {"1.34.1", "1.35.0", nil},
	} {
		t.Run(sentence, func(t *testing.T) {
			from, _ := ParseVersion(c.from)
			to, _ := ParseVersion(c.to)
			var got []string
			for _, g := range Gates(from, to) {
				got = append(got, g.ID)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestEveryGateSaysWhatBreaksAndWhereUpstreamSaysSo(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range gates {
		link, err := url.Parse(g.Link)
		if v, wrong := ParseVersion(g.Minor); wrong != nil || !v.Alias() || err != nil || !strings.HasSuffix(link.Path, "CHANGELOG-"+g.Minor+".md") {
			t.Errorf("%s: minor %s, link %s", g.ID, g.Minor, g.Link)
		}
		if seen[g.ID] || g.ID == "" || g.Sentence == "" || g.Remedy == "" || g.Concerns == "" || strings.HasSuffix(g.Sentence+g.Remedy, ".") {
			t.Errorf("%+v lacks something, or is there twice", g)
		}
		seen[g.ID] = true
	}
}
