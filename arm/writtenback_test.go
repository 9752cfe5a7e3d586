package arm_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// changed is a document with values at dotted paths, as a client holds it that read it some time ago.
func changed(t *testing.T, document []byte, values map[string]any) string {
	t.Helper()
	var all map[string]any
	must(t, json.Unmarshal(document, &all))
	for path, value := range values {
		steps, object := strings.Split(path, "."), all
		for _, step := range steps[:len(steps)-1] {
			object = object[step].(map[string]any)
		}
		object[steps[len(steps)-1]] = value
	}
	text, err := json.Marshal(all)
	must(t, err)
	return string(text)
}

// writtenBack sends documents that were read before they changed. What only the server sets is ignored, and only If-Match counts.
func writtenBack(t *testing.T, w *world) {
	token, pool := w.token(admin), mc+"/agentPools/nodepool1"
	old := w.want(t, w.do(token, "GET", mc+v, ""), 200, "")
	w.succeed(t, token, w.want(t, w.do(token, "PATCH", mc+v, `{"tags":{"h02":"1"}}`), 200, ""))
	again := changed(t, old.body, map[string]any{"tags": map[string]string{"h02": "again"}, "properties.provisioningState": "Updating"})
	w.want(t, w.do(token, "PUT", mc+v, again, "If-Match", old.Header.Get("ETag")), 412, "PreconditionFailed")
	w.succeed(t, token, w.want(t, w.do(token, "PUT", mc+v, again), 200, ""))

	shown := w.want(t, w.do(token, "GET", pool+v, ""), 200, "")
	stale := changed(t, shown.body, map[string]any{"properties.provisioningState": "Updating", "properties.eTag": "x", "properties.nodeImageVersion": "x"})
	if same := w.want(t, w.do(token, "PUT", pool+v, stale), 200, ""); same.Header.Get("Azure-AsyncOperation") != "" {
		t.Errorf("writing back what does not count became an operation: %s", same.body)
	}
	// A rotation: the document of a pool under a new name, as it was read and as Terraform sends it.
	for name, document := range map[string]string{"asread": string(shown.body), "renamed": changed(t, shown.body, map[string]any{"name": "renamed"})} {
		path := mc + "/agentPools/" + name + v
		made := w.want(t, w.do(token, "PUT", path, document), 201, "")
		if made.at("name") != name || made.at("properties.vmSize") != shown.at("properties.vmSize") {
			t.Errorf("got %s", made.body)
		}
		w.succeed(t, token, made)
		w.succeed(t, token, w.want(t, w.do(token, "DELETE", path, ""), 202, ""))
	}
	group := w.want(t, w.do(token, "GET", rg+v, ""), 200, "")
	w.want(t, w.do(token, "PUT", rg+v, changed(t, group.body, map[string]any{"properties.provisioningState": "Deleting"})), 200, "")
}

func accessProfiles(t *testing.T, w *world) {
	path := func(role string) string { return mc + "/accessProfiles/" + role + "/listCredential" + v }
	for _, role := range []string{"clusterUser", "clusterAdmin"} {
		got := w.want(t, w.do(w.token(admin), "POST", path(role), ""), 200, "")
		if got.at("name") != role || got.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("got %s", got.body)
		}
		if value, _ := base64.StdEncoding.DecodeString(fmt.Sprint(got.at("properties.kubeConfig"))); !strings.Contains(string(value), "current-context: c1") {
			t.Errorf("got %s", got.body)
		}
		w.want(t, w.do(w.token(reader), "POST", path(role), ""), 403, "AuthorizationFailed")
	}
	w.want(t, w.do(w.token(admin), "POST", path("clusterOwner"), ""), 404, "InvalidResourceType")
}
