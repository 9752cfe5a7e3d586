package apiserver_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"k8s.io/kube-openapi/pkg/handler3"
)

// compareDocuments compares every document when it is first built, and again after it was let go, with a custom resource and
// an aggregated API server among them.
func (e environment) compareDocuments(t *testing.T) {
	for _, s := range []server{e.upstream, e.lotse} {
		s.post(t, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
	}
	e.aggregate(t)
	const json, protobuf = "application/json", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
	t.Run("/openapi/v2", func(t *testing.T) { e.compareV2(t, json) })
	t.Run("/openapi/v2 as protobuf", func(t *testing.T) { e.compareV2(t, protobuf) })
	t.Run("/openapi/v3", e.compareV3)
	_, header := e.lotse.get(t, "/openapi/v2", json)
	time.Sleep(2 * idle)
	t.Run("a client's copy is still good when the documents were let go", func(t *testing.T) {
		if code := e.lotse.conditional(t, "/openapi/v2", header.Get("Etag")); code != http.StatusNotModified {
			t.Errorf("asking with the ETag is answered with %d", code)
		}
	})
	t.Run("/openapi/v2 as protobuf again", func(t *testing.T) { e.compareV2(t, protobuf) })
	t.Run("/openapi/v3 again", e.compareV3)
	t.Run("an old hash leads to the document", func(t *testing.T) {
		body, header := e.lotse.get(t, "/openapi/v3/api/v1?hash=old", "application/json")
		if len(body) == 0 || header.Get("Cache-Control") != "public, immutable" {
			t.Errorf("%d bytes, header %v", len(body), header)
		}
	})
}

const definition = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.example.org"},
"spec":{"group":"example.org","scope":"Namespaced","names":{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"},
"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","description":"A thing.",
"properties":{"spec":{"type":"object","properties":{"size":{"type":"integer","description":"How large."}}}}}}}]}}`

func (e environment) compareV2(t *testing.T, accept string) {
	var want, got []byte
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		want, _ = e.upstream.get(t, "/openapi/v2", accept)
		got, _ = e.lotse.get(t, "/openapi/v2", accept)
		if complete(want) && complete(got) {
			break
		}
	}
	if len(want) < 1<<20 || !bytes.Equal(want, got) {
		t.Errorf("upstream's has %d bytes, ours %d, and they differ", len(want), len(got))
	}
}

// complete says whether the custom resource and the aggregated API are published.
func complete(document []byte) bool {
	return bytes.Contains(document, []byte("How large.")) && bytes.Contains(document, []byte("Published elsewhere."))
}

func (e environment) compareV3(t *testing.T) {
	want, got := e.upstream.index(t), e.lotse.index(t)
	names := slices.Sorted(maps.Keys(want))
	if !slices.Equal(names, slices.Sorted(maps.Keys(got))) {
		t.Fatalf("upstream has documents of %v, we of %v", names, slices.Sorted(maps.Keys(got)))
	}
	if !slices.Contains(names, "apis/example.org/v1") || !slices.Contains(names, "apis/aggregated.example.org/v1") || len(names) < 30 {
		t.Errorf("only documents of %v are compared", names)
	}
	for _, name := range names {
		theirs, their := e.upstream.get(t, want[name].ServerRelativeURL, "application/json")
		ours, our := e.lotse.get(t, got[name].ServerRelativeURL, "application/json")
		if !bytes.Equal(theirs, ours) {
			t.Errorf("%s: upstream's document has %d bytes, ours %d, and they differ", name, len(theirs), len(ours))
		}
		for _, header := range []string{"Content-Type", "Etag", "Cache-Control", "Vary"} {
			if their.Get(header) != our.Get(header) {
				t.Errorf("%s: %s: upstream's is %q, ours %q", name, header, their.Get(header), our.Get(header))
			}
		}
	}
}

func (s server) index(t *testing.T) map[string]handler3.OpenAPIV3DiscoveryGroupVersion {
	var index handler3.OpenAPIV3Discovery
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		body, _ := s.get(t, "/openapi/v3", "application/json")
		if err := json.Unmarshal(body, &index); err != nil {
			t.Fatal(err)
		}
		_, custom := index.Paths["apis/example.org/v1"]
		if _, aggregated := index.Paths["apis/aggregated.example.org/v1"]; custom && aggregated {
			break
		}
	}
	return index.Paths
}
