// Package openapi publishes the OpenAPI documents of the built-in APIs without building any before a client asks, and without keeping one
// that no client asks for any more. They are two thirds of what an unmodified API server allocates while it starts, and half of its heap ever after.
//
// The documents are the same as upstream's, because upstream's code builds and serves them; only when is decided here. Custom resources and
// aggregated API servers publish theirs as they always do. One thing differs: the hashes in the index of version 3 are those of what the documents are
// made from, and not of the documents, which would have to be built for that.
//
// Kubernetes 1.38 is to build them lazily itself (kubernetes/kubernetes 140939 and 141561). Then this package goes, and so do its calls in package
// apiserver.
package openapi

import (
	"net/http"
	"time"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/kube-openapi/pkg/common"
)

const (
	pathV2 = "/openapi/v2"
	pathV3 = "/openapi/v3"
)

// Idle is how long a document is kept after it was last asked for. Building all again takes a second and a half of processor time. Only a test changes it.
var Idle = time.Minute

// Lazy publishes the documents of one server.
type Lazy struct {
	v2Config *common.Config
	v3Config *common.OpenAPIV3Config
	basis    string // what the documents are made from, besides the routes
	v2       *whole
}

// Configure keeps the API server of the built-in groups from building its documents, and lets the aggregating one before it ask for them. basis
// names all that has an influence on them: version and feature gates. It is called between making and completing the configuration.
func Configure(builtIn, aggregating *genericapiserver.Config, basis string) *Lazy {
	l := &Lazy{v2Config: builtIn.OpenAPIConfig, v3Config: builtIn.OpenAPIV3Config, basis: basis, v2: &whole{}}
	builtIn.SkipOpenAPIInstallation = true
	build := aggregating.BuildHandlerChainFunc
	aggregating.BuildHandlerChainFunc = func(apis http.Handler, c *genericapiserver.Config) http.Handler {
		return build(l.v2.before(apis), c)
	}
	return l
}

// Forget lets the definitions of all types go that the configuration has kept since the start, when every server is prepared to run. Each document that is
// built from now on makes its own.
func (l *Lazy) Forget() { l.v3Config.Definitions = nil }

// Install registers the handlers of the documents with the API server of the built-in groups, when these are all installed.
func (l *Lazy) Install(builtIn *genericapiserver.GenericAPIServer) {
	container, mux := builtIn.Handler.GoRestfulContainer, builtIn.Handler.NonGoRestfulMux
	mux.Handle(pathV2, l.v2.of(container, l.v2Config))
	groups := newGroups(container.RegisteredWebServices(), l.v3Config, l.basis)
	mux.Handle(pathV3, http.HandlerFunc(groups.index))
	mux.HandlePrefix(pathV3+"/", groups)
}
