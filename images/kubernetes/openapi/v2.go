package openapi

import (
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/emicklei/go-restful/v3"
	"k8s.io/apiserver/pkg/server/mux"
	"k8s.io/apiserver/pkg/server/routes"
	"k8s.io/apiserver/pkg/util/responsewriter"
	"k8s.io/kube-openapi/pkg/common"
)

// whole is the document of version 2, in which everything stands. The aggregating API server asks the others for their parts, merges them, and
// keeps what it has read and made as long as the parts do not change. It has no way to be told to forget. So the part of the built-in APIs changes:
// it is a stub until a client asks for the document, and a stub again when no client has asked for a while, and each time the aggregating API server
// merges anew. No client sees the document with a stub.
type whole struct {
	apis http.Handler // the aggregating API server, when the request is authorized

	using sync.RWMutex // held for reading while a client is served
	first sync.Once
	mu    sync.Mutex // guards what follows
	full  bool       // whether the part is the real one
	etag  string     // of the real one, as soon as it was built
	timer *time.Timer
}

const (
	stub     = `{"swagger":"2.0","info":{"title":"Kubernetes","version":"unversioned"},"paths":{}}`
	stubETag = `"stub"`
)

// before stands before the aggregating API server.
func (w *whole) before(apis http.Handler) http.Handler {
	w.apis = apis
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != pathV2 {
			apis.ServeHTTP(rw, r)
			return
		}
		w.using.RLock()
		defer w.using.RUnlock()
		w.fill()
		apis.ServeHTTP(rw, r)
	})
}

// fill makes the part the real one and begins to count its time anew.
func (w *whole) fill() {
	// The aggregating server keeps the first part it ever got, in case that it gets no other one. So that is the stub.
	w.first.Do(w.merge)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.full = true
	if w.timer == nil {
		w.timer = time.AfterFunc(Idle, w.empty)
	}
	w.timer.Reset(Idle)
}

// empty makes the part a stub, and everything that was made from the real one garbage.
func (w *whole) empty() {
	w.using.Lock()
	defer w.using.Unlock()
	w.mu.Lock()
	w.full = false
	w.mu.Unlock()
	w.merge()
	debug.FreeOSMemory()
}

// merge lets the aggregating API server ask for the parts and make every form of the document.
func (w *whole) merge() {
	for _, form := range []string{"application/json", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"} {
		r, err := http.NewRequest(http.MethodGet, pathV2, nil)
		if err != nil {
			return // a path that is a constant
		}
		r.Header.Set("Accept", form)
		w.apis.ServeHTTP(responsewriter.NewInMemoryResponseWriter(), r)
	}
}

// of is the handler of the part of the built-in APIs, which only the aggregating API server calls. It keeps nothing of what it has built.
func (w *whole) of(container *restful.Container, config *common.Config) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		full, etag := w.full, w.etag
		w.mu.Unlock()
		switch has := r.Header.Get("If-None-Match"); {
		case !full && has == stubETag, full && etag != "" && has == etag:
			rw.WriteHeader(http.StatusNotModified)
		case !full:
			rw.Header().Set("Etag", stubETag)
			_, _ = rw.Write([]byte(stub)) // to memory
		default:
			built := mux.NewPathRecorderMux("built-in OpenAPI")
			routes.OpenAPI{Config: config}.InstallV2(container, built)
			built.ServeHTTP(rw, r)
			w.mu.Lock()
			w.etag = rw.Header().Get("Etag")
			w.mu.Unlock()
		}
	})
}
