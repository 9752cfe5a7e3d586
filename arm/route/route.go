package route

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Access says who may use a route.
type Access int

// Kinds of access.
const (
	// Checked asks whether the caller may do the route's Action at the request's scope.
	Checked Access = iota
	// Visible admits callers who have any role in the subscription; the handler leaves out what the caller may not read.
	Visible
	// SignedIn admits callers with a valid token.
	SignedIn
	// Public admits all callers.
	Public
)

// Handler answers a request, or returns the error to answer with.
type Handler func(http.ResponseWriter, *Request) error

// Route is one line of the front door's table.
type Route struct {
	Method string
	// Pattern is a path whose {segments} are parameters. A last segment {rest...} takes all that follows.
	Pattern string
	Access  Access
	// Action the caller must be allowed to do, such as Microsoft.ContainerService/managedClusters/read.
	Action string
	// Since is the oldest api-version that is accepted; empty for routes without api-versions.
	Since string
	// LogIn marks a public POST of a small form that is read before its sender is known: the log-ins.
	LogIn bool
	// Stream marks a route whose bodies may be large and slow; it bounds them itself.
	Stream bool
	// ReadOnly marks a POST that changes nothing, such as listing credentials.
	ReadOnly bool
	Handle   Handler

	segments []string // of the pattern
}

// ResourceType of the route, such as managedClusters/agentPools, for messages.
func (r Route) ResourceType() (provider, kind string) {
	segments := Split(r.Pattern)
	for i := len(segments) - 1; i >= 0; i-- {
		if segments[i] != "providers" || i+1 >= len(segments) {
			continue
		}
		var kinds []string
		for _, s := range segments[i+2:] {
			if !parameter(s) {
				kinds = append(kinds, s)
			}
		}
		return segments[i+1], strings.Join(kinds, "/")
	}
	return "Microsoft.Resources", "resources"
}

// TypeOf is the provider and the resource type that a path names, or nothing: after providers/{namespace}, types and names alternate.
func TypeOf(path string) (provider, kind string) {
	segments := Split(path)
	for i := len(segments) - 1; i >= 0; i-- {
		if !strings.EqualFold(segments[i], "providers") || i+1 >= len(segments) {
			continue
		}
		var kinds []string
		for j := i + 2; j < len(segments); j += 2 {
			kinds = append(kinds, segments[j])
		}
		return segments[i+1], strings.Join(kinds, "/")
	}
	return "", ""
}

// Table of routes.
type Table []Route

// Ready splits the patterns once, so that Find does not for each request.
func (t Table) Ready() Table {
	for i := range t {
		t[i].segments = Split(t[i].Pattern)
	}
	return t
}

// Match is a route and the parameters that the path gave it.
type Match struct {
	Route
	Params map[string]string
}

// Find the route of a request. If none has the method, allowed are the methods that the path has.
func (t Table) Find(method, escapedPath string) (found *Match, allowed []string) {
	segments, ok := decode(escapedPath)
	if !ok {
		return nil, nil
	}
	for i := range t {
		r := &t[i]
		pattern := r.segments
		if pattern == nil {
			pattern = Split(r.Pattern)
		}
		if !matches(pattern, segments) {
			continue
		}
		if r.Method == method {
			return &Match{Route: *r, Params: params(pattern, segments)}, nil
		}
		if !slices.Contains(allowed, r.Method) {
			allowed = append(allowed, r.Method)
		}
	}
	return nil, allowed
}

// Split a path into its segments. Empty ones do not count: az appends paths to endpoints that end in a slash.
func Split(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
}

func decode(escapedPath string) ([]string, bool) {
	segments := Split(escapedPath)
	for i, s := range segments {
		plain, err := url.PathUnescape(s)
		if err != nil {
			return nil, false
		}
		segments[i] = plain
	}
	return segments, true
}

func parameter(segment string) bool { return strings.HasPrefix(segment, "{") }

// rest is a parameter that takes all segments that follow.
func rest(segment string) bool { return parameter(segment) && strings.HasSuffix(segment, "...}") }

// matches compares lengths first: most patterns begin alike, so their first segments tell little.
func matches(pattern, segments []string) bool {
	if len(pattern) != len(segments) && !slices.ContainsFunc(pattern, rest) {
		return false
	}
	for i, p := range pattern {
		if rest(p) {
			return true
		}
		if i >= len(segments) || !parameter(p) && !strings.EqualFold(p, segments[i]) {
			return false
		}
	}
	return len(pattern) == len(segments)
}

// params that a path gives to the pattern that it matches.
func params(pattern, segments []string) map[string]string {
	found := map[string]string{}
	for i, p := range pattern {
		name := strings.Trim(p, "{}")
		if rest, ok := strings.CutSuffix(name, "..."); ok && parameter(p) {
			found[rest] = strings.Join(segments[min(i, len(segments)):], "/")
		} else if parameter(p) {
			found[name] = segments[i]
		}
	}
	return found
}
