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
	ordered := slices.Clone(items)
	fold := func(item T) string { return strings.ToLower(key(item)) }
	slices.SortFunc(ordered, func(a, b T) int { return strings.Compare(fold(a), fold(b)) })
	ordered = slices.DeleteFunc(ordered, func(item T) bool { return fold(item) <= after && after != "" })
	if len(ordered) <= size {
		return List[T]{Value: append([]T{}, ordered...)}, nil
	}
	page := ordered[:size]
	return List[T]{Value: page, NextLink: next(r, fold(page[size-1]))}, nil
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
