package gate

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

// catalogMost repositories in one answer, upstream's limit.
const catalogMost = 1000

// catalog lists all repositories. The front door leaves out what its caller may not know of.
func (p *Pushes) catalog(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Query().Get("n"))
	if err != nil || n < 1 || n > catalogMost {
		n = catalogMost
	}
	names, more, err := p.Store.Repositories(r.URL.Query().Get("last"), n)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "UNAVAILABLE", "The registry cannot read its volume. Try again.")
		return
	}
	if more {
		next := url.Values{"n": {strconv.Itoa(n)}, "last": {names[n-1]}}
		w.Header().Set("Link", fmt.Sprintf("</v2/_catalog?%s>; rel=\"next\"", next.Encode()))
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string][]string{"repositories": names}) // the client has gone if this fails
}

// list the manifests of a repository.
func (p *Pushes) list(w http.ResponseWriter, repository string) {
	all, err := p.Store.Manifests(repository)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "UNAVAILABLE", "The registry cannot read its volume. Try again.")
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(map[string]any{"name": repository, "manifests": all}) // the client has gone if this fails
}
