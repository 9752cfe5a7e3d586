package registry

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// upstream lists names page by page in its order, as distribution does, and counts the pages.
func upstream(t *testing.T, names []string, pages *int) *url.URL {
	t.Helper()
	slices.SortFunc(names, func(a, b string) int { return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*pages++
		n, _ := strconv.Atoi(r.FormValue("n"))
		rest := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !before(r.FormValue("last"), name) })
		if len(rest) >= n {
			rest = rest[:n]
			w.Header().Set("Link", "more")
		}
		_ = json.NewEncoder(w).Encode(catalogAnswer{rest})
	}))
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return target
}

func TestRepositories(t *testing.T) {
	names := []string{"a/x", "a/x-y", "a/x/z", "c/x", "lotse/etcd"}
	for i := range 2500 {
		names = append(names, fmt.Sprintf("b/%04d", i))
	}
	for sentence, c := range map[string]struct {
		owners []string
		last   string
		most   int
		want   string
		pages  int
	}{
		"all of one owner":                          {[]string{"a"}, "", 10, "a/x a/x/z a/x-y", 3},
		"after one with others below it":            {[]string{"a"}, "a/x/z", 10, "a/x-y", 3},
		"no more than asked for":                    {[]string{"a"}, "", 2, "a/x a/x/z", 1},
		"many of another are jumped over":           {[]string{"a", "c"}, "", 4, "a/x a/x/z a/x-y c/x", 2},
		"owners without any are jumped over":        {[]string{"aa", "ab", "ac", "ca", "lotse"}, "", 10, "lotse/etcd", 2},
		"of no owner":                               {nil, "", 10, "", 0},
		"after all of them":                         {[]string{"a"}, "zz", 10, "", 0},
		"after a name of another owner":             {[]string{"c"}, "b/0007", 10, "c/x", 1},
		"an owner whose name others' names go on":   {[]string{"lot"}, "", 10, "", 1},
		"the last page of a long list of one owner": {[]string{"b"}, "b/2498", 10, "b/2499", 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			pages := 0
			g := &Registry{target: upstream(t, slices.Clone(names), &pages), Config: Config{Transport: http.DefaultTransport}}
			got, err := g.repositories(t.Context(), c.owners, c.last, c.most)
			if err != nil || strings.Join(got, " ") != c.want || pages > c.pages {
				t.Errorf("%v in %d pages, %v; want %s in %d", got, pages, err, c.want, c.pages)
			}
		})
	}
}
