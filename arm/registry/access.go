package registry

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/identity"
)

// Actions that roles allow. The registry is in no subscription, so a role anywhere counts.
const (
	pull   = "Microsoft.ContainerRegistry/registries/pull/read"
	push   = "Microsoft.ContainerRegistry/registries/push/write"
	remove = "Microsoft.ContainerRegistry/registries/artifacts/delete"

	// own is the prefix of the images that the service itself is made of.
	own = "lotse"
)

// denied is why the principal may not use the method on the repository; empty if it may.
func denied(assignments []v1alpha1.RoleAssignment, principal, method, repository string) string {
	action := push
	switch method {
	case http.MethodGet, http.MethodHead:
		action = pull
	case http.MethodDelete:
		action = remove
	}
	if action != pull && (repository == own || strings.HasPrefix(repository, own+"/")) {
		return "Images under " + own + "/ are the service's own and cannot be changed. Choose another name."
	}
	if !identity.AllowedSomewhere(assignments, principal, action) {
		return "The principal '" + principal + "' does not have authorization to perform action '" + action + "'."
	}
	return ""
}

// repositoryOf a registry's URL; empty for what is in no repository, such as the list of them. Escapes and dots that could make the path
// mean something else behind the proxy are not accepted.
func repositoryOf(u *url.URL) (string, bool) {
	path := u.EscapedPath()
	rest, ok := strings.CutPrefix(path, "/v2")
	segments := strings.Split(strings.Trim(rest, "/"), "/")
	odd := func(s string) bool { return s == "." || s == ".." || strings.Contains(s, "%") }
	if !ok || slices.ContainsFunc(segments, odd) || strings.Contains(rest, "//") {
		return "", false
	}
	for i := len(segments) - 1; i > 0; i-- {
		switch segments[i] {
		case "manifests", "blobs", "tags", "referrers":
			return strings.ToLower(strings.Join(segments[:i], "/")), true
		}
	}
	return "", segments[0] == "" || segments[0] == "_catalog"
}
