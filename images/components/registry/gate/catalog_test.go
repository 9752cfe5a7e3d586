package gate_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

func TestTheCatalogGoesOnAfterAnyName(t *testing.T) {
	s := newFixture(t)
	// In their order: parts are compared, and not characters.
	all := []string{anna + "/0web", anna + "/web", anna + "/web/a", anna + "/web-b", berta + "/web", "lotse/etcd"}
	for i := range all {
		name := all[(i*5+2)%len(all)]
		s.want("push "+name, s.image(name, "1", []byte("layer")), http.StatusCreated, "")
	}
	s.want("an upload is no image yet", s.begin(berta+"/later", ""), http.StatusAccepted, "")
	for sentence, c := range map[string]struct {
		query string
		want  []string
		more  bool
	}{
		"from the beginning":              {"", all, false},
		"some":                            {"?n=2", all[:2], true},
		"after one":                       {"?n=2&last=" + all[1], all[2:4], true},
		"after a subscription's own name": {"?last=" + anna, all, false},
		"after what does not exist":       {"?last=" + anna + "/web/z", all[3:], false},
		"after all of a subscription":     {"?last=" + anna + "/z", all[4:], false},
		"after all":                       {"?last=z", nil, false},
		"a path is a name like any other": {"?last=../../x", all, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			a := s.do(http.MethodGet, s.write.URL+"/v2/_catalog"+c.query, nil, nil)
			var got struct{ Repositories []string }
			if err := json.Unmarshal([]byte(a.text), &got); err != nil || strings.Join(got.Repositories, " ") != strings.Join(c.want, " ") {
				t.Errorf("%d %s, want %v", a.status, a.text, c.want)
			}
			if more := a.header.Get("Link") != ""; more != c.more {
				t.Errorf("Link is %q", a.header.Get("Link"))
			}
		})
	}
}
