package gate_test

import (
	"encoding/json"
	"net/http"
	"testing"
)

func TestManifestsWithoutATagAreListed(t *testing.T) {
	s := newFixture(t)
	s.want("push", s.image(anna+"/web", "1", []byte("first")), http.StatusCreated, "")
	s.want("push", s.image(anna+"/web", "1", []byte("second")), http.StatusCreated, "")
	s.want("push", s.image(anna+"/web", "latest", []byte("second")), http.StatusCreated, "")
	a := s.do(http.MethodGet, s.write.URL+"/v2/"+anna+"/web/_lotse/manifests/list", nil, nil)
	var got struct {
		Manifests []struct {
			Digest string
			Tags   []string
			Bytes  int64
		}
	}
	if err := json.Unmarshal([]byte(a.text), &got); err != nil || len(got.Manifests) != 3 {
		t.Fatalf("%d %s", a.status, a.text)
	}
	untagged := ""
	for _, m := range got.Manifests {
		if len(m.Tags) == 0 {
			untagged = m.Digest
		}
		if m.Bytes < 400 || m.Bytes > 1000 {
			t.Errorf("%s has %d bytes", m.Digest, m.Bytes)
		}
	}
	s.want("the one that was overwritten is deleted", s.do(http.MethodDelete, s.write.URL+"/v2/"+anna+"/web/manifests/"+untagged, nil, s.quota()), http.StatusAccepted, "")
	s.want("of no repository", s.do(http.MethodGet, s.write.URL+"/v2/"+anna+"/nothing/_lotse/manifests/list", nil, nil), http.StatusOK, `"manifests":[]`)
	s.want("for machines", s.pull(anna+"/web/_lotse/manifests/list", s.token(anna, nil)), http.StatusNotFound, "")
}
