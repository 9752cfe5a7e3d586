package apiserver_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
)

// TestTheServerIsTheSameAsAnUnmodifiedOne compares what this module changes of an API server.
func TestTheServerIsTheSameAsAnUnmodifiedOne(t *testing.T) {
	e := start(t)
	for _, path := range []string{
		"/apis/rbac.authorization.k8s.io/v1/clusterroles", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
		"/apis/rbac.authorization.k8s.io/v1/roles", "/apis/rbac.authorization.k8s.io/v1/rolebindings",
		"/apis/scheduling.k8s.io/v1/priorityclasses", "/api/v1/namespaces",
		"/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas", "/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
	} {
		t.Run("it bootstraps "+path, func(t *testing.T) {
			eventually(t, func() error {
				want, got := e.upstream.objects(t, path), e.lotse.objects(t, path)
				for i, object := range want {
					if i >= len(got) || object != got[i] {
						return fmt.Errorf("upstream: %s\nwe: %s", object, got[min(i, len(got)):min(i+1, len(got))])
					}
				}
				if len(want) == 0 || len(want) != len(got) {
					return fmt.Errorf("upstream has %d, we %d", len(want), len(got))
				}
				return nil
			})
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
	t.Run("the controllers' service accounts are as if they had been requested", e.accounts)
	t.Run("it seeds an empty store", e.seeds)
}

// accounts compares what the store is seeded with for the controller manager, which no server of this test has, with what a request makes.
func (e environment) accounts(t *testing.T) {
	const path, name = "/api/v1/namespaces/kube-system/serviceaccounts", "requested"
	e.lotse.post(t, path, `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"`+name+`"}}`)
	all := e.lotse.objects(t, path)
	i := slices.IndexFunc(all, func(o string) bool { return strings.Contains(o, name) })
	if i < 0 || !slices.Contains(all, strings.ReplaceAll(all[i], name, "generic-garbage-collector")) || len(all) < 30 {
		t.Errorf("got %v", all)
	}
}

// seeds says which requests the servers have sent to themselves, and what one does that finds a store that is not empty.
func (e environment) seeds(t *testing.T) {
	const path = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
	want, got := e.upstream.versions(t, path), e.lotse.versions(t, path)
	if distinct := sets.New(slices.Collect(maps.Values(got))...).Len(); len(want) < 50 || distinct > 2 {
		t.Errorf("%d of %d cluster roles are written by themselves", distinct, len(got))
	}
	const deleted = "system:node"
	response, err := e.lotse.do("DELETE", path+"/"+deleted, "", http.Header{})
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	response.Body.Close()
	again := e.again(t)
	again.ready(t)
	later := again.versions(t, path)
	if later[deleted] == "" || later[deleted] == got[deleted] {
		t.Errorf("a role that was deleted has version %q after a restart, before it %s", later[deleted], got[deleted])
	}
	delete(got, deleted)
	delete(later, deleted)
	if !maps.Equal(got, later) {
		t.Errorf("a restart wrote roles that are as they should be: %v, before it %v", later, got)
	}
}

// versions of the objects of a list by their names.
func (s server) versions(t *testing.T, path string) map[string]string {
	body, _ := s.get(t, path, "application/json")
	var list metav1.PartialObjectMetadataList
	if err := json.Unmarshal(body, &list); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, object := range list.Items {
		all[object.Name] = object.ResourceVersion
	}
	return all
}

// eventually fails with the last error of check. What a server writes after it is ready, such as statuses, takes a moment.
func eventually(t *testing.T, check func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Error(err)
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
		for _, field := range []string{"uid", "resourceVersion", "creationTimestamp"} {
			delete(metadata, field)
		}
		eraseTimes(object)
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	return all
}

// eraseTimes removes when a field was written or a condition changed.
func eraseTimes(part any) {
	switch part := part.(type) {
	case map[string]any:
		delete(part, "time")
		delete(part, "lastTransitionTime")
		for _, of := range part {
			eraseTimes(of)
		}
	case []any:
		for _, of := range part {
			eraseTimes(of)
		}
	}
}

// checks are the lines of /readyz, in order.
func (s server) checks(t *testing.T) []string {
	body, _ := s.get(t, "/readyz?verbose", "*/*")
	lines := strings.Split(strings.TrimSpace(string(body)), "\n")
	slices.Sort(lines)
	return lines
}
