package paging

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
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
