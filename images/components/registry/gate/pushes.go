package gate

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/opencontainers/go-digest"

	"lotse.dev/images/components/registry/store"
)

// Pushes bounds what the front door writes, and keeps the service's own tags as they are.
type Pushes struct {
	Store store.Store
	Now   func() time.Time
	Next  http.Handler

	accounts accounts
	// manifests are not written while blobs are collected.
	manifests sync.RWMutex
	// own tags are looked at and written by one request at a time.
	own sync.Mutex
}

// ServeHTTP implements http.Handler.
func (p *Pushes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p.administer(w, r) {
		return
	}
	t, ok := targetOf(r.URL.EscapedPath())
	_, uploads := t.upload()
	switch {
	case !ok:
		refuse(w, http.StatusNotFound, "NAME_INVALID", "The path is not one of a registry.")
	case r.Method == http.MethodGet && t.owner == "_catalog":
		p.catalog(w, r)
	case r.Method == http.MethodGet && t.kind == extension:
		p.list(w, t.repository)
	case r.Method == http.MethodGet, r.Method == http.MethodHead:
		p.Next.ServeHTTP(w, r)
	case r.Method == http.MethodDelete && t.owner == store.Public && !uploads:
		refuse(w, http.StatusForbidden, "DENIED", "The service's own images cannot be deleted.")
	case r.Method == http.MethodDelete:
		p.Next.ServeHTTP(w, r)
		p.accounts.of(t.owner).forget()
	case t.kind == "manifests":
		p.manifest(w, r, t)
	case uploads:
		p.upload(w, r, t)
	default:
		p.Next.ServeHTTP(w, r)
	}
}

// admit a push, or refuse it. The service's own images have no quota.
func (p *Pushes) admit(w http.ResponseWriter, r *http.Request, t target, begins bool) (q quota, ok bool) {
	if t.owner == store.Public {
		return q, true
	}
	q, ok = quotaOf(r)
	if !ok || !store.IsSubscription(t.owner) {
		refuse(w, http.StatusForbidden, "DENIED", "Images are pushed to a subscription, through the front door.")
		return q, false
	}
	used, err := p.accounts.of(t.owner).usage(p.Store, t.owner, p.Now())
	free, failed := p.Store.Free()
	if err != nil || failed != nil {
		refuse(w, http.StatusServiceUnavailable, "UNAVAILABLE", "The registry cannot read its volume. Try again.")
		return q, false
	}
	refused := push{used: used, quota: q, length: r.ContentLength, known: p.Store.Has(t.repository), begins: begins, free: free}.decide()
	if refused != nil {
		refused.write(w)
	}
	return q, refused == nil
}

// upload of a blob: its beginning, some of it, or its end.
func (p *Pushes) upload(w http.ResponseWriter, r *http.Request, t target) {
	begins := r.Method == http.MethodPost
	q, ok := p.admit(w, r, t, begins)
	if !ok {
		return
	}
	if t.owner == store.Public {
		p.Next.ServeHTTP(w, r)
		return
	}
	id, _ := t.upload()
	a := p.accounts.of(t.owner)
	m := &meter{ReadCloser: r.Body, account: a, quota: q, left: MaxBlob}
	if id != "" {
		m.left -= p.Store.Uploaded(t.repository, id)
	}
	r.Body = m
	result := &answer{ResponseWriter: w, refused: func() *refusal { return m.refused }}
	p.Next.ServeHTTP(result, r)
	switch {
	case m.refused != nil:
		_ = p.Store.Abandon(t.repository, id) // else it is collected later
		a.forget()
	case begins && result.status == http.StatusAccepted:
		a.add(store.Overhead, 1)
	case r.Method == http.MethodPut && result.status == http.StatusCreated:
		a.add(0, -1)
	}
}

// manifest makes an image of what was uploaded.
func (p *Pushes) manifest(w http.ResponseWriter, r *http.Request, t target) {
	if _, ok := p.admit(w, r, t, false); !ok {
		return
	}
	// The body is read before the lock is taken, so that a slow sender does not delay others.
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxManifest+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "MANIFEST_INVALID", "The manifest is incomplete: the body ended early. Push it again.")
		return
	}
	if len(body) > MaxManifest {
		refuse(w, http.StatusRequestEntityTooLarge, "SIZE_INVALID", "A manifest has at most 4 MiB.")
		return
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if t.owner == store.Public {
		p.own.Lock()
		defer p.own.Unlock()
		if have := p.tagged(t); have != "" && have != digest.FromBytes(body).String() {
			refuse(w, http.StatusForbidden, "DENIED", "The service's own tags cannot be changed: "+t.repository+":"+t.rest[0]+" is "+have+".")
			return
		}
	}
	p.manifests.RLock()
	defer p.manifests.RUnlock()
	p.Next.ServeHTTP(w, r)
	p.accounts.of(t.owner).add(2*store.Overhead, 0) // the manifest and its tag
}

func (p *Pushes) tagged(t target) string {
	if len(t.rest) != 1 {
		return ""
	}
	return p.Store.Tagged(t.repository, t.rest[0])
}
