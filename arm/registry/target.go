package registry

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// target of a request.
type target struct {
	// owner is the first segment of the repository: a subscription's ID, or public. Both are empty for what is in no repository.
	owner, repository string
	kind              kind
}

// kind of thing that a request is about.
type kind string

const (
	api       kind = "" // the version of the API
	catalog   kind = "_catalog"
	manifests kind = "manifests"
	blobs     kind = "blobs"
	uploads   kind = "blobs/uploads"
	listing   kind = "tags" // also referrers
	// images is an extension of the API: every manifest of a repository, also those that no tag refers to any more.
	images kind = "_lotse/manifests/list"
)

// name of a repository, as the specification has it. Names of owners are lower case, so there is one spelling of each.
var name = regexp.MustCompile(`^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$`)

// targetOf a registry's URL. Escapes and dots that could make the path mean something else behind the proxy are not accepted.
func targetOf(u *url.URL) (target, bool) {
	rest, ok := strings.CutPrefix(u.EscapedPath(), "/v2")
	segments := strings.Split(strings.Trim(rest, "/"), "/")
	odd := func(s string) bool { return s == "." || s == ".." || strings.ContainsAny(s, "%\\") }
	if !ok || rest != "" && rest[0] != '/' || slices.ContainsFunc(segments, odd) || strings.Contains(rest, "//") {
		return target{}, false
	}
	if len(segments) == 1 && (segments[0] == string(api) || segments[0] == string(catalog)) {
		return target{kind: kind(segments[0])}, true
	}
	if repository, ok := strings.CutSuffix(strings.Join(segments, "/"), "/"+string(images)); ok {
		return target{owner: segments[0], repository: repository, kind: images}, name.MatchString(repository)
	}
	for i := len(segments) - 1; i > 0; i-- {
		k, found := kindOf(segments[i:])
		if !found {
			continue
		}
		repository := strings.Join(segments[:i], "/")
		return target{owner: segments[0], repository: repository, kind: k}, name.MatchString(repository)
	}
	return target{}, false
}

func kindOf(segments []string) (kind, bool) {
	switch segments[0] {
	case "manifests":
		return manifests, true
	case "tags", "referrers":
		return listing, true
	case "blobs":
		if len(segments) > 1 && segments[1] == "uploads" {
			return uploads, true
		}
		return blobs, true
	}
	return "", false
}

// parameters that a registry knows. Others, and those that are there twice, are not passed on.
var parameters = []string{"artifactType", "digest", "from", "last", "mount", "n", "_state"}

// query to pass on.
func query(u *url.URL) url.Values {
	given, kept := u.Query(), url.Values{}
	for _, p := range parameters {
		if len(given[p]) == 1 {
			kept[p] = given[p]
		}
	}
	return kept
}

// source of a mount: a repository that has the blob already. It is false for names that are none.
func source(from string) (target, bool) {
	owner, _, _ := strings.Cut(from, "/")
	return target{owner: owner, repository: from, kind: blobs}, name.MatchString(from)
}
