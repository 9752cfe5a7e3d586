package apiserver_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestTheServerIsTheSameAsAnUnmodifiedOne compares what this module changes of an API server.
func TestTheServerIsTheSameAsAnUnmodifiedOne(t *testing.T) {
	e := start(t)
	for _, path := range []string{
		"/apis/rbac.authorization.k8s.io/v1/clusterroles", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
		"/apis/rbac.authorization.k8s.io/v1/roles", "/apis/rbac.authorization.k8s.io/v1/rolebindings",
		"/apis/scheduling.k8s.io/v1/priorityclasses",
	} {
		t.Run("it bootstraps "+path, func(t *testing.T) {
			want, got := e.upstream.objects(t, path), e.lotse.objects(t, path)
			if len(want) == 0 || !slices.Equal(want, got) {
				t.Errorf("upstream: %v\nwe: %v", want, got)
			}
		})
	}
	t.Run("/readyz waits for the same", func(t *testing.T) {
		want, got := e.upstream.checks(t), e.lotse.checks(t)
		if !slices.Contains(want, "[+]poststarthook/rbac/bootstrap-roles ok") || !slices.Equal(want, got) {
			t.Errorf("upstream: %v\nwe: %v", want, got)
		}
	})
	t.Run("server-side apply needs no document", func(t *testing.T) {
		const patch = `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"applied","labels":{"a":"b"}}}`
		response, err := e.lotse.do("PATCH", "/api/v1/namespaces/applied?fieldManager=test", patch, http.Header{"Content-Type": {"application/apply-patch+yaml"}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusCreated {
			t.Error(response.Status)
		}
	})
	t.Run("it publishes", e.compareDocuments)
}

// objects of a list, without what is another on each server.
func (s server) objects(t *testing.T, path string) (all []string) {
	body, _ := s.get(t, path, "application/json")
	var list struct{ Items []map[string]any }
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	for _, object := range list.Items {
		metadata := object["metadata"].(map[string]any)
		for _, field := range []string{"uid", "resourceVersion", "creationTimestamp", "managedFields"} {
			delete(metadata, field)
		}
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// checks are the lines of /readyz, in order.
func (s server) checks(t *testing.T) []string {
	body, _ := s.get(t, "/readyz?verbose", "*/*")
	lines := strings.Split(strings.TrimSpace(string(body)), "\n")
	slices.Sort(lines)
	return lines
}
