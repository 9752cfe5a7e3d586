package encoded

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"lotse.dev/arm/paging"
)

func TestAResourceIsEncodedOnceForEachVersion(t *testing.T) {
	a, made := New(1<<20), 0
	of := func(id, version string) string {
		body, err := a.Of(id, version, func() any {
			made++
			return map[string]string{"version": version}
		})
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	for range 3 {
		if got := of("a", "1"); got != `{"version":"1"}` {
			t.Errorf("got %s", got)
		}
	}
	if made != 1 {
		t.Errorf("it was encoded %d times", made)
	}
	if got := of("a", "2"); got != `{"version":"2"}` || made != 2 {
		t.Errorf("a new version is answered with %s, after %d encodings", got, made)
	}
	if len(a.by) != 1 || a.used.Len() != 1 {
		t.Errorf("%d versions of one resource are kept", a.used.Len())
	}
}

func TestAnswersAreBounded(t *testing.T) {
	a := New(10 * (overhead + 110))
	text := strings.Repeat("x", 100)
	for i := range 1000 {
		if _, err := a.Of(fmt.Sprint(i), "1", func() any { return text }); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Of("0", "1", func() any { return text }); err != nil {
			t.Fatal(err)
		}
	}
	if a.bytes > a.max || len(a.by) != a.used.Len() || len(a.by) < 5 {
		t.Errorf("%d answers with %d bytes are kept, of at most %d", len(a.by), a.bytes, a.max)
	}
	if a.find("0", "1") == nil {
		t.Error("what was used last was dropped")
	}
	if _, err := a.Of("large", "1", func() any { return strings.Repeat("x", a.max) }); err != nil || a.bytes != 0 || len(a.by) != 0 {
		t.Errorf("one that is larger than the bound leaves %d answers with %d bytes: %v", len(a.by), a.bytes, err)
	}
}

func TestAListIsEncodedAsPagingsIs(t *testing.T) {
	for sentence, l := range map[string]paging.List[map[string]int]{
		"nothing":            {Value: []map[string]int{}},
		"one":                {Value: []map[string]int{{"a": 1}}},
		"several and a link": {Value: []map[string]int{{"a": 1}, {"b": 2}, {}}, NextLink: "https://x/?a=1&b=<\"ö\">"},
	} {
		t.Run(sentence, func(t *testing.T) {
			want, err := json.Marshal(l)
			if err != nil {
				t.Fatal(err)
			}
			var items [][]byte
			for _, v := range l.Value {
				item, _ := json.Marshal(v)
				items = append(items, item)
			}
			if got, err := List(items, l.NextLink); err != nil || string(got) != string(want) {
				t.Errorf("got %s, %v; want %s", got, err, want)
			}
		})
	}
}
