// Package gate stands before upstream's registry, once for each of its two servers. Machines reach the one that only reads: they pull the
// service's own images, and those of their subscription with a token of their own. The front door reaches the one that writes: it has decided
// who may do what, and sends with each request how much the subscription may store.
package gate

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// extension of the API, as the specification names them: lists every manifest of a repository, also those that no tag refers to any more.
const extension = "_lotse/manifests/list"

// target of a request to a registry: /v2/{repository}/{kind}/{rest}.
type target struct {
	// owner is the first segment of the repository.
	owner, repository, kind string
	rest                    []string
}

// targetOf a path as it was sent. It is false for paths that could mean something else to upstream: with escapes, dots or empty segments.
func targetOf(path string) (target, bool) {
	rest, ok := strings.CutPrefix(path, "/v2/")
	segments := strings.Split(strings.TrimSuffix(rest, "/"), "/")
	odd := func(s string) bool { return s == "" || s == "." || s == ".." || strings.ContainsAny(s, "%\\") }
	if !ok || rest == "" || slices.ContainsFunc(segments, odd) {
		return target{}, ok && rest == ""
	}
	t := target{owner: segments[0]}
	if name, ok := strings.CutSuffix(strings.Join(segments, "/"), "/"+extension); ok {
		t.repository, t.kind = name, extension
		return t, true
	}
	for i := len(segments) - 1; i > 0; i-- {
		switch segments[i] {
		case "manifests", "blobs", "tags", "referrers":
			t.repository, t.kind, t.rest = strings.Join(segments[:i], "/"), segments[i], segments[i+1:]
			return t, true
		}
	}
	return t, true
}

// upload is the ID of the upload that a request goes on with; ok for all requests about uploads.
func (t target) upload() (id string, ok bool) {
	if t.kind != "blobs" || len(t.rest) == 0 || t.rest[0] != "uploads" {
		return "", false
	}
	return strings.Join(t.rest[1:], "/"), true
}

// refuse in the form of the OCI distribution specification.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Del("Content-Length")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []map[string]string{{"code": code, "message": message}}})
}
