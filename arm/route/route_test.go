package route

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

var table = Table{
	{Method: "GET", Pattern: "/subscriptions/{subscription}/resourceGroups/{group}"},
	{Method: "PUT", Pattern: "/subscriptions/{subscription}/resourceGroups/{group}"},
	{Method: "GET", Pattern: "/subscriptions/{subscription}/providers/Microsoft.ContainerService/managedClusters"},
	{Method: "GET", Pattern: "/v2/{rest...}"},
}

func TestFind(t *testing.T) {
	for sentence, c := range map[string]struct{ method, path, want string }{
		"case does not matter, but is kept":       {"GET", "/SUBSCRIPTIONS/S1/resourcegroups/Rg1", "map[group:Rg1 subscription:S1] []"},
		"double slashes do not matter":            {"GET", "//subscriptions//S1/resourceGroups/rg/", "map[group:rg subscription:S1] []"},
		"escaped parameters are plain":            {"GET", "/subscriptions/s/resourceGroups/a%20b", "map[group:a b subscription:s] []"},
		"an escaped slash stays in its parameter": {"GET", "/subscriptions/s/resourceGroups/a%2fb", "map[group:a/b subscription:s] []"},
		"the rest takes all that follows":         {"GET", "/v2/lotse/etcd/tags/list", "map[rest:lotse/etcd/tags/list] []"},
		"the rest can be nothing":                 {"GET", "/v2/", "map[rest:] []"},
		"another method is named":                 {"PATCH", "/subscriptions/s/resourceGroups/g", "none [GET PUT]"},
		"an unknown path has no route":            {"GET", "/subscriptions/s/nothing", "none []"},
		"a broken escape has no route":            {"GET", "/subscriptions/%zz", "none []"},
	} {
		t.Run(sentence, func(t *testing.T) {
			found, allowed := table.Find(c.method, c.path)
			got := "none"
			if found != nil {
				got = fmt.Sprint(found.Params)
			}
			if got += " " + fmt.Sprint(allowed); got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

func TestResourceType(t *testing.T) {
	p, k := Route{Pattern: "/subscriptions/{s}/resourceGroups/{g}/providers/Microsoft.ContainerService/managedClusters/{c}/agentPools/{p}"}.ResourceType()
	if p != "Microsoft.ContainerService" || k != "managedClusters/agentPools" {
		t.Errorf("got %s %s", p, k)
	}
}

func FuzzFind(f *testing.F) {
	for _, seed := range []string{"/", "/subscriptions/s/resourceGroups/g", "/v2/a/b", "%", "/%2f/%2f", "//"} {
		f.Add(seed)
	}
	f.Fuzz(func(_ *testing.T, path string) { table.Find("GET", path) })
}

// FuzzCheckURL accepts only addresses whose segments are what they look like.
func FuzzCheckURL(f *testing.F) {
	for _, seed := range [][2]string{{"/a/b", "api-version=1"}, {"/%2e%2e/x", ""}, {"/a%2Fb", "$top=1&$TOP=2"}, {"//a", "%zz"}, {"/%ff", "a=%ff"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, path, query string) {
		plain, err := url.PathUnescape(path)
		if err != nil {
			return
		}
		r := &http.Request{Method: "GET", RequestURI: path + "?" + query, URL: &url.URL{Path: plain, RawPath: path, RawQuery: query}}
		if CheckURL(r) != nil {
			return
		}
		segments, ok := decode(r.URL.EscapedPath())
		if !ok || !utf8.ValidString(plain) {
			t.Fatalf("%q was accepted", path)
		}
		for _, s := range segments {
			if s == "." || s == ".." || strings.ContainsAny(s, "/\\\x00\r\n") {
				t.Errorf("the segment %q of %q was accepted", s, path)
			}
		}
		table.Find("GET", r.URL.EscapedPath())
		TypeOf(r.URL.Path)
		Query(r, "api-version")
	})
}
