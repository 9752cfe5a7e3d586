package registry

import (
	"net/url"
	"strings"
	"testing"
)

func TestTargetOf(t *testing.T) {
	for sentence, c := range map[string]struct {
		path string
		want target
		ok   bool
	}{
		"the version of the API":     {"/v2/", target{}, true},
		"the list of repositories":   {"/v2/_catalog", target{kind: catalog}, true},
		"a manifest":                 {"/v2/sub/team/web/manifests/1", target{"sub", "sub/team/web", manifests}, true},
		"a blob":                     {"/v2/sub/web/blobs/sha256:0", target{"sub", "sub/web", blobs}, true},
		"the beginning of an upload": {"/v2/sub/web/blobs/uploads/", target{"sub", "sub/web", uploads}, true},
		"an upload":                  {"/v2/sub/web/blobs/uploads/id", target{"sub", "sub/web", uploads}, true},
		"the tags":                   {"/v2/sub/web/tags/list", target{"sub", "sub/web", listing}, true},
		"the images":                 {"/v2/sub/web/_lotse/manifests/list", target{"sub", "sub/web", images}, true},
		"the images of nothing":      {"/v2/_lotse/manifests/list", target{"_lotse", "_lotse", manifests}, false},
		"a repository named like a part of a path": {"/v2/sub/tags/manifests/1", target{"sub", "sub/tags", manifests}, true},
		"upper case is no name":                    {"/v2/SUB/web/manifests/1", target{"SUB", "SUB/web", manifests}, false},
		"a name with an underscore in front":       {"/v2/sub/_web/manifests/1", target{"sub", "sub/_web", manifests}, false},
		"escapes":                                  {"/v2/sub%2fweb/manifests/1", target{}, false},
		"dots":                                     {"/v2/sub/../x/manifests/1", target{}, false},
		"empty segments":                           {"/v2/sub//x/manifests/1", target{}, false},
		"nothing of a registry":                    {"/v2/sub/web", target{}, false},
		"a longer list":                            {"/v2/_catalog/x", target{}, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			u, err := url.Parse(c.path)
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := targetOf(u); got != c.want || ok != c.ok {
				t.Errorf("%+v %t, want %+v %t", got, ok, c.want, c.ok)
			}
		})
	}
}

// FuzzTargetOf: whatever a path is, its owner is what the registry behind the proxy takes for the first part of the repository's name.
func FuzzTargetOf(f *testing.F) {
	for _, path := range []string{
		"/v2/", "/v2/_catalog", "/v2/sub/web/manifests/1", "/v2/sub/web/blobs/uploads/", "/v2/sub/web/_lotse/manifests/list", "/v2/a/../b/tags/list",
		"/v2/a%2fb/manifests/1", "/v2//a/manifests/1", "/v2/a/blobs/manifests/tags/referrers/x", "/v2/%zz", "/v2/a/manifests/1?from=b",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.Parse(path)
		if err != nil {
			return
		}
		got, ok := targetOf(u)
		if !ok {
			return
		}
		sent := strings.Split(strings.TrimPrefix(u.EscapedPath(), "/v2/"), "/")
		if got.repository != "" && (got.owner != sent[0] || !strings.HasPrefix(got.repository+"/", got.owner+"/") || strings.Contains(got.repository, "..")) {
			t.Errorf("%q is taken for %+v", path, got)
		}
		if got.repository == "" && got.kind != api && got.kind != catalog {
			t.Errorf("%q is in no repository and is taken for %+v", path, got)
		}
	})
}
