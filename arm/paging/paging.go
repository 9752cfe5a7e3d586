// Package paging cuts lists into ARM's pages: value, and nextLink with a $skipToken. The token names the last item of the page, so items that
// are added or deleted in between do not make a page skip another item.
package paging

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// Size of a page, and the most that $top may ask for.
const (
	Size    = 100
	maxSize = 1000
)

// List is ARM's body of a list.
type List[T any] struct {
	Value    []T    `json:"value"`
	NextLink string `json:"nextLink,omitempty"`
}

// Page cuts the page that the request asks for. key is unique and orders the items; case does not count.
func Page[T any](r *http.Request, items []T, key func(T) string) (List[T], error) {
	after, size, err := asked(r)
	if err != nil {
		return List[T]{}, err
	}
	type keyed struct {
		fold string
		item T
	}
	ordered := make([]keyed, 0, len(items))
	for _, item := range items {
		if fold := strings.ToLower(key(item)); fold > after || after == "" {
			ordered = append(ordered, keyed{fold, item})
		}
	}
	slices.SortFunc(ordered, func(a, b keyed) int { return strings.Compare(a.fold, b.fold) })
	page := List[T]{Value: make([]T, min(size, len(ordered)))}
	for i := range page.Value {
		page.Value[i] = ordered[i].item
	}
	if len(ordered) > size {
		page.NextLink = next(r, ordered[size-1].fold)
	}
	return page, nil
}

func asked(r *http.Request) (after string, size int, err error) {
	size = Size
	if top := route.Query(r, "$top"); top != "" {
		if size, err = strconv.Atoi(top); err != nil || size < 1 || size > maxSize {
			return "", 0, fault.New(fault.BadRequest, "$top must be a number from 1 to %d.", maxSize).At("$top")
		}
	}
	token, err := base64.RawURLEncoding.DecodeString(route.Query(r, "$skipToken"))
	if err != nil || !utf8.Valid(token) {
		return "", 0, fault.New(fault.BadRequest, "The $skipToken is not valid. Follow nextLink as it is.").At("$skipToken")
	}
	return string(token), size, nil
}

func next(r *http.Request, last string) string {
	query := r.URL.Query()
	for name := range query {
		if strings.EqualFold(name, "$skipToken") {
			query.Del(name)
		}
	}
	query.Set("$skipToken", base64.RawURLEncoding.EncodeToString([]byte(last)))
	return route.Base(r) + r.URL.EscapedPath() + "?" + query.Encode()
}
