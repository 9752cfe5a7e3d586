package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/route"
)

// Repositories in one answer.
const (
	catalogDefault = 100
	catalogMost    = 1000
)

// list the repositories that the caller may pull from. The registry lists those of all owners, by their names; the answer, its
// pages included, contains only what the caller may pull.
func (g *Registry) list(w http.ResponseWriter, r *route.Request) error {
	q := query(r.URL)
	n, err := strconv.Atoi(q.Get("n"))
	if q.Get("n") == "" {
		n, err = catalogDefault, nil
	}
	if err != nil || n < 1 || n > catalogMost {
		return refuse(w, http.StatusBadRequest, "PAGINATION_NUMBER_INVALID", fmt.Sprintf("n must be from 1 to %d.", catalogMost))
	}
	owners, err := g.owners(r)
	if err != nil {
		return err
	}
	names, err := g.repositories(r.Context(), owners, q.Get("last"), n+1)
	if err != nil {
		return refuse(w, http.StatusBadGateway, "UNAVAILABLE", "The registry does not answer. Try again.")
	}
	if len(names) > n {
		names = names[:n]
		next := url.Values{"n": {strconv.Itoa(n)}, "last": {names[n-1]}}
		w.Header().Set("Link", fmt.Sprintf("</v2/_catalog?%s>; rel=\"next\"", next.Encode()))
	}
	return route.JSON(w, http.StatusOK, catalogAnswer{names})
}

type catalogAnswer struct {
	Repositories []string `json:"repositories"`
}

// owners whose repositories the caller may list, in their order.
func (g *Registry) owners(r *route.Request) ([]string, error) {
	var all v1alpha1.SubscriptionList
	if err := g.Cached.List(r.Context(), &all); err != nil {
		return nil, err
	}
	given, err := g.Directory.Permit(r.Context(), func([]v1alpha1.RoleAssignment) error { return nil })
	if err != nil {
		return nil, err
	}
	owners := []string{public}
	for _, s := range all.Items {
		if mayPull(given, r.Caller.Principal, s.Name) {
			owners = append(owners, s.Name)
		}
	}
	slices.Sort(owners)
	return owners, nil
}

// repositories of these owners after one, at most some. Stretches of the registry's list that belong to others are jumped over.
func (g *Registry) repositories(ctx context.Context, owners []string, last string, most int) ([]string, error) {
	found := []string{}
	for after := last; ; {
		next, ok := nextOwner(owners, after)
		if !ok {
			return found, nil
		}
		if before(after, next) {
			after = next
		}
		page, more, err := g.page(ctx, after)
		if err != nil {
			return nil, err
		}
		for _, name := range page {
			owner, _, _ := strings.Cut(name, "/")
			if _, theirs := slices.BinarySearch(owners, owner); theirs && before(last, name) && len(found) < most {
				found = append(found, name)
			}
		}
		if !more || len(page) == 0 || len(found) == most {
			return found, nil
		}
		after = page[len(page)-1]
	}
}

// nextOwner is the one that a name belongs to, or the first one after it.
func nextOwner(owners []string, name string) (string, bool) {
	of, _, _ := strings.Cut(name, "/")
	i, _ := slices.BinarySearch(owners, of)
	if i == len(owners) {
		return "", false
	}
	return owners[i], true
}

// before is the order of the registry's list: names are compared part by part.
func before(a, b string) bool {
	return slices.Compare(strings.Split(a, "/"), strings.Split(b, "/")) < 0
}

// page of the registry's own list.
func (g *Registry) page(ctx context.Context, after string) (names []string, more bool, err error) {
	u := g.target.JoinPath("v2", "_catalog")
	u.RawQuery = url.Values{"n": {strconv.Itoa(catalogMost)}, "last": {after}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, false, err
	}
	answer, err := g.Transport.RoundTrip(request)
	if err != nil {
		return nil, false, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, false, fmt.Errorf("the registry answers %s", answer.Status)
	}
	var body catalogAnswer
	err = json.NewDecoder(answer.Body).Decode(&body)
	return body.Repositories, answer.Header.Get("Link") != "", err
}
