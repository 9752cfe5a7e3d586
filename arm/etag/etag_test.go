package etag

import (
	"net/http"
	"strings"
	"testing"

	"lotse.dev/arm/fault"
)

func TestCheck(t *testing.T) {
	const present = "aa-bb"
	for sentence, c := range map[string]struct {
		match, noneMatch []string
		present          string
		want             int
	}{
		"no condition holds always":                        {nil, nil, "", 0},
		"If-Match with the present etag holds":             {[]string{`"aa-bb"`}, nil, present, 0},
		"a bare etag is as good as a quoted one":           {[]string{`aa-bb`}, nil, present, 0},
		"If-Match with another etag fails":                 {[]string{`"cc"`}, nil, present, 412},
		"If-Match * holds if the resource exists":          {[]string{"*"}, nil, present, 0},
		"If-Match * fails if the resource is missing":      {[]string{"*"}, nil, "", 412},
		"If-None-Match * holds if the resource is missing": {nil, []string{"*"}, "", 0},
		"If-None-Match * fails if the resource exists":     {nil, []string{"*"}, present, 412},
		"If-None-Match with an etag is malformed":          {nil, []string{`"aa-bb"`}, present, 400},
		"both headers together are malformed":              {[]string{"*"}, []string{"*"}, present, 400},
		"a list of etags is malformed":                     {[]string{`"a", "b"`}, nil, present, 400},
		"two headers are malformed":                        {[]string{`"a"`, `"b"`}, nil, present, 400},
		"an empty etag is malformed":                       {[]string{`""`}, nil, present, 400},
	} {
		t.Run(sentence, func(t *testing.T) {
			h := http.Header{"If-Match": c.match, "If-None-Match": c.noneMatch}
			err, got := Check(h, c.present), 0
			if err != nil {
				got = fault.Of(err).Status()
			}
			if got != c.want {
				t.Errorf("got %d: %v", got, err)
			}
		})
	}
}

// FuzzCheck sends any condition. A write of a resource that is there passes only with its own tag, or with none asked for.
func FuzzCheck(f *testing.F) {
	for _, seed := range [][2]string{{"*", ""}, {"\"a\"", ""}, {"W/\"a\"", ""}, {"", "*"}, {"\"a\", \"b\"", ""}, {"\"", "\""}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, match, noneMatch string) {
		h := http.Header{}
		if match != "" {
			h.Set("If-Match", match)
		}
		if noneMatch != "" {
			h.Set("If-None-Match", noneMatch)
		}
		tag := Of("a")
		passes := Check(h, tag) == nil
		if passes && noneMatch != "" || passes && match != "" && match != "*" && !strings.Contains(strings.ToLower(match), tag) && !strings.Contains(match, "*") {
			t.Errorf("If-Match %q and If-None-Match %q let a write of %s pass", match, noneMatch, tag)
		}
	})
}
