package gate_test

import (
	"crypto/ed25519"
	"net/http"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"
)

func TestAMachinePullsTheServicesImagesAndThoseOfItsSubscription(t *testing.T) {
	s := newFixture(t)
	layer := []byte("layer")
	for _, repository := range []string{anna + "/web", "lotse/etcd"} {
		s.want("push "+repository, s.image(repository, "1", layer), http.StatusCreated, "")
	}
	mine := s.token(anna, nil)
	_, foreign, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	own := s.key
	s.key = foreign
	forged := s.token(anna, nil)
	s.key = own
	changed := func(change func(*jwt.Claims, map[string]any)) string { return s.token(anna, change) }

	for sentence, c := range map[string]struct {
		path, token string
		status      int
	}{
		"its own image":                                       {anna + "/web/manifests/1", mine, 200},
		"a layer of it":                                       {anna + "/web/blobs/" + sum(layer), mine, 200},
		"the tags of it":                                      {anna + "/web/tags/list", mine, 200},
		"the service's own, without a token":                  {"lotse/etcd/manifests/1", "", 200},
		"the version of the API":                              {"", "", 200},
		"not without a token":                                 {anna + "/web/manifests/1", "", 401},
		"not with the token of another subscription":          {anna + "/web/manifests/1", s.token(berta, nil), 404},
		"not a layer with the token of another subscription":  {anna + "/web/blobs/" + sum(layer), s.token(berta, nil), 404},
		"not another's layer through a repository of its own": {berta + "/x/blobs/" + sum(layer), s.token(berta, nil), 404},
		"not a customer's layer through the service's own":    {"lotse/nothing/blobs/" + sum(layer), "", 404},
		"not with a token that another key signed":            {anna + "/web/manifests/1", forged, 401},
		"not with a token that has expired": {anna + "/web/manifests/1", changed(func(c *jwt.Claims, _ map[string]any) {
			c.Expiry = jwt.NewNumericDate(s.now.Add(-2 * time.Minute))
		}), 401},
		"not with a token without an end": {anna + "/web/manifests/1", changed(func(c *jwt.Claims, _ map[string]any) { c.Expiry = nil }), 401},
		"not with a token for something else": {anna + "/web/manifests/1", changed(func(c *jwt.Claims, _ map[string]any) {
			c.Audience = jwt.Audience{"arm"}
		}), 401},
		"not with a token of no cluster": {anna + "/web/manifests/1", changed(func(_ *jwt.Claims, own map[string]any) {
			own["cluster"] = "../x"
		}), 401},
		"not the list of all repositories":            {"_catalog", mine, 404},
		"not by a path that means something else":     {"lotse/../" + anna + "/web/manifests/1", "", 404},
		"not by a path with an escape":                {"lotse/%2e%2e/" + anna + "/web/manifests/1", "", 404},
		"not by a path with an empty segment":         {"lotse//" + anna + "/web/manifests/1", "", 404},
		"not by a name that only begins as the own's": {"lotse-x/web/manifests/1", "", 401},
	} {
		t.Run(sentence, func(t *testing.T) {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.read.URL, nil)
			r.URL.Opaque = "//" + r.URL.Host + "/v2/" + c.path // as it is, dots included
			r.Header.Set("Accept", mediaType)
			if c.token != "" {
				r.Header.Set("Authorization", "Bearer "+c.token)
			}
			if a := s.send(r); a.status != c.status {
				t.Errorf("%d %s, want %d", a.status, a.text, c.status)
			}
		})
	}
}

func TestAMachineWritesNothing(t *testing.T) {
	s := newFixture(t)
	header := map[string]string{"Authorization": "Bearer " + s.token(anna, nil)}
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		s.want(method, s.do(method, s.read.URL+"/v2/"+anna+"/web/blobs/uploads/", nil, header), http.StatusMethodNotAllowed, "front door")
	}
	s.want("administration", s.do(http.MethodDelete, s.read.URL+"/lotse/subscriptions/"+anna, nil, header), http.StatusMethodNotAllowed, "")
}

func TestTokensEndWithTheirCluster(t *testing.T) {
	s := newFixture(t)
	s.want("push", s.image(anna+"/web", "1", []byte("layer")), http.StatusCreated, "")
	mine := s.token(anna, nil)
	s.want("before", s.pull(anna+"/web/manifests/1", mine), http.StatusOK, "")
	s.want("revoking", s.do(http.MethodPut, s.write.URL+"/lotse/revoked/"+uid, nil, nil), http.StatusNoContent, "")
	s.want("after", s.pull(anna+"/web/manifests/1", mine), http.StatusUnauthorized, "its cluster was deleted")
	s.collect()
	s.want("after a collection", s.pull(anna+"/web/manifests/1", mine), http.StatusUnauthorized, "its cluster was deleted")

	s.age(25 * time.Hour)
	s.collect()
	if s.volume.Revoked(uid) {
		t.Error("a revocation is kept longer than any token lives")
	}
}
