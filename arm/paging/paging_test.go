package paging

import (
	"encoding/base64"
	"fmt"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"lotse.dev/arm/fault"
)

func TestFollowingNextLinkSeesEveryItemOnce(t *testing.T) {
	var items []string
	for i := range 250 {
		items = append(items, fmt.Sprintf("C%03d", i))
	}
	url, seen, pages := "https://h/list?api-version=2024-01-01", []string{}, 0
	for url != "" {
		page, err := Page(httptest.NewRequest("GET", url, nil), items, func(s string) string { return s })
		if err != nil {
			t.Fatal(err)
		}
		seen = append(seen, page.Value...)
		if url = page.NextLink; url != "" && !strings.Contains(url, "api-version=2024-01-01") {
			t.Errorf("nextLink lost the api-version: %s", url)
		}
		pages++
	}
	if pages != 3 || strings.Join(seen, " ") != strings.Join(items, " ") {
		t.Errorf("got %d items in %d pages", len(seen), pages)
	}
}

func TestAnEmptyListIsAListAndNotNull(t *testing.T) {
	page, err := Page(httptest.NewRequest("GET", "https://h/list", nil), nil, func(s string) string { return s })
	if err != nil || page.Value == nil {
		t.Errorf("got %v, %v", page.Value, err)
	}
}

func TestWrongPagesAreRefused(t *testing.T) {
	for _, query := range []string{"$top=0", "$top=x", "$top=100000", "$skipToken=%21%21"} {
		if _, err := Page(httptest.NewRequest("GET", "https://h/list?"+query, nil), nil, func(s string) string { return s }); err == nil {
			t.Errorf("%s was accepted", query)
		}
	}
}

// FuzzPage sends any $skipToken and $top. A page never shows what does not come after its token, nor more than was asked for.
func FuzzPage(f *testing.F) {
	for _, seed := range [][2]string{{"", ""}, {"Yg", "1"}, {"!", "0"}, {"_w", "-1"}, {"YQ==", "1000"}, {"", "99999999999999999999"}} {
		f.Add(seed[0], seed[1])
	}
	items := []string{"a", "b", "c", "\u00e9"}
	f.Fuzz(func(t *testing.T, token, top string) {
		query := url.Values{"$skipToken": {token}, "$top": {top}}
		page, err := Page(httptest.NewRequest("GET", "https://h/list?"+query.Encode(), nil), items, func(s string) string { return s })
		if err != nil {
			if status := fault.Of(err).Status(); status != 400 {
				t.Errorf("got %d: %v", status, err)
			}
			return
		}
		after, _ := base64.RawURLEncoding.DecodeString(token)
		for _, item := range page.Value {
			if item <= string(after) && len(after) > 0 {
				t.Errorf("%q is shown after %q", item, after)
			}
		}
		if page.NextLink != "" {
			if _, err := url.Parse(page.NextLink); err != nil {
				t.Errorf("%q leads nowhere: %v", page.NextLink, err)
			}
		}
	})
}
