package openapi

import (
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emicklei/go-restful/v3"
	"k8s.io/apiserver/pkg/server/mux"
	"k8s.io/apiserver/pkg/server/routes"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/handler3"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// groups are the documents of version 3, one of each group and version, and their index.
type groups struct {
	services map[string]*restful.WebService // by the path below /openapi/v3/
	hashes   map[string]string
	indexed  []byte
	config   *common.OpenAPIV3Config

	mu    sync.Mutex
	built map[string]http.Handler
	types map[string]common.OpenAPIDefinition // of all documents; nil while there is none
	timer *time.Timer
}

func newGroups(services []*restful.WebService, config *common.OpenAPIV3Config, basis string) *groups {
	g := &groups{services: map[string]*restful.WebService{}, hashes: map[string]string{}, config: config, built: map[string]http.Handler{}}
	index := handler3.OpenAPIV3Discovery{Paths: map[string]handler3.OpenAPIV3DiscoveryGroupVersion{}}
	for _, service := range services {
		name := strings.TrimPrefix(service.RootPath(), "/")
		g.services[name], g.hashes[name] = service, hash(service, basis)
		index.Paths[name] = handler3.OpenAPIV3DiscoveryGroupVersion{ServerRelativeURL: g.url(name)}
	}
	g.indexed, _ = json.Marshal(index) // strings
	return g
}

// hash tells a document from one of another version, other feature gates or other routes without making it.
func hash(service *restful.WebService, basis string) string {
	lines := []string{basis}
	for _, route := range service.Routes() {
		lines = append(lines, route.Method+" "+route.Path+" "+route.Operation)
	}
	slices.Sort(lines[1:])
	return fmt.Sprintf("%X", sha512.Sum512([]byte(strings.Join(lines, "\n"))))
}

func (g *groups) url(name string) string {
	return (&url.URL{Path: pathV3 + "/" + name, RawQuery: url.Values{"hash": {g.hashes[name]}}.Encode()}).String()
}

// index answers with the paths of all documents.
func (g *groups) index(rw http.ResponseWriter, _ *http.Request) {
	rw.Header().Set("Etag", strconv.Quote(fmt.Sprintf("%X", sha512.Sum512(g.indexed))))
	rw.Header().Set("Content-Type", "application/json")
	_, _ = rw.Write(g.indexed) // a client that has gone
}

// ServeHTTP answers with one document. As upstream's handler does, it sends a client with an old hash to the present one, and lets a client with
// the present one keep the document for good.
func (g *groups) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, pathV3+"/")
	service, known := g.services[name]
	if !known {
		http.NotFound(rw, r)
		return
	}
	query := r.URL.Query()
	if hash := query.Get("hash"); hash != "" {
		if hash != g.hashes[name] {
			http.Redirect(rw, r, g.url(name), http.StatusMovedPermanently)
			return
		}
		rw = &kept{ResponseWriter: rw}
		query.Del("hash")
		r = r.Clone(r.Context())
		r.URL.RawQuery = query.Encode()
	}
	g.document(name, service).ServeHTTP(rw, r)
}

// document is the handler of one document, and begins to count the time of all anew.
func (g *groups) document(name string, service *restful.WebService) http.Handler {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer == nil {
		g.timer = time.AfterFunc(Idle, g.empty)
	}
	g.timer.Reset(Idle)
	if g.built[name] == nil {
		built, config := mux.NewPathRecorderMux(name), *g.config
		if g.types == nil {
			g.types = config.GetDefinitions(g.reference)
		}
		config.Definitions = g.types
		routes.OpenAPI{V3Config: &config}.InstallV3(restful.NewContainer().Add(service), built)
		g.built[name] = built
	}
	return g.built[name]
}

// reference to a type within a document.
func (g *groups) reference(name string) spec.Ref {
	defined, _ := g.config.GetDefinitionName(name)
	return spec.MustCreateRef("#/components/schemas/" + common.EscapeJsonPointer(defined))
}

func (g *groups) empty() {
	g.mu.Lock()
	held := len(g.built)
	clear(g.built)
	g.types = nil
	g.mu.Unlock()
	if held > 0 {
		debug.FreeOSMemory()
	}
}

// kept is an answer that never changes.
type kept struct{ http.ResponseWriter }

func (k *kept) WriteHeader(code int) {
	if code == http.StatusOK || code == http.StatusNotModified {
		k.Header().Set("Cache-Control", "public, immutable")
		k.Header().Set("Expires", time.Now().AddDate(1, 0, 0).Format(time.RFC1123))
	}
	k.ResponseWriter.WriteHeader(code)
}
