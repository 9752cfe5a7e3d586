package gate

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"lotse.dev/images/components/registry/store"
)

// administer answers what only Lotse itself asks for: to forget a subscription's repositories, and to revoke the tokens of a cluster.
func (p *Pushes) administer(w http.ResponseWriter, r *http.Request) bool {
	path, ok := strings.CutPrefix(r.URL.Path, "/lotse/")
	if !ok {
		return false
	}
	kind, name, _ := strings.Cut(path, "/")
	var err error
	switch {
	case r.Method == http.MethodDelete && kind == "subscriptions" && store.IsSubscription(name):
		err = p.Store.Forget(name)
		p.accounts.of(name).forget()
	case r.Method == http.MethodPut && kind == "revoked" && store.IsSubscription(name):
		err = p.Store.Revoke(name)
	default:
		refuse(w, http.StatusNotFound, "UNSUPPORTED", "There is nothing here.")
		return true
	}
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "UNAVAILABLE", err.Error())
		return true
	}
	w.WriteHeader(http.StatusNoContent)
	return true
}

// Times of collections. A deleted image is removed within both together.
const (
	collectEvery = 30 * time.Minute
	collectGrace = time.Hour
)

// CollectForever removes what nothing refers to, until ctx ends.
func (p *Pushes) CollectForever(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(collectEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := p.Collect(log); err != nil {
			log.Error("unreferenced blobs are not collected", "error", err)
		}
	}
}

// Collect once.
func (p *Pushes) Collect(log *slog.Logger) error {
	p.manifests.Lock()
	defer p.manifests.Unlock()
	began := p.Now()
	c, err := p.Store.Collect(began, collectGrace)
	if err != nil {
		return err
	}
	if c != (store.Collected{}) {
		log.Info("collected", "blobs", c.Blobs, "links", c.Links, "repositories", c.Repositories, "took", p.Now().Sub(began))
	}
	return p.Store.ForgetRevoked(began)
}
