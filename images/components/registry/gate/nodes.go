package gate

import (
	"crypto/ed25519"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"lotse.dev/images/components/registry/store"
)

// Nodes lets machines pull: the service's own images without a credential, because a machine runs them before it has any, and the images of
// one subscription with a token (machine/pulltoken).
type Nodes struct {
	// Key that verifies tokens.
	Key   ed25519.PublicKey
	Store store.Store
	Now   func() time.Time
	Next  http.Handler
}

// ServeHTTP implements http.Handler.
func (n Nodes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	if path == "/" { // the kubelet's probe
		n.Next.ServeHTTP(w, r)
		return
	}
	t, ok := targetOf(path)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		refuse(w, http.StatusMethodNotAllowed, "UNSUPPORTED", "Images are pushed through the front door.")
	case !ok:
		refuse(w, http.StatusNotFound, "NAME_INVALID", "The path is not one of a registry.")
	case t.owner == "", t.owner == store.Public && t.kind != "" && t.kind != extension:
		n.Next.ServeHTTP(w, r)
	case t.kind == "", t.kind == extension: // such as _catalog
		unknown(w)
	default:
		n.private(w, r, t)
	}
}

// unknown is the same for what does not exist and for what belongs to others.
func unknown(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "NAME_UNKNOWN", "The repository is not known to the registry.")
}

func (n Nodes) private(w http.ResponseWriter, r *http.Request, t target) {
	subscription, err := n.subscription(r)
	switch {
	case err != nil:
		refuse(w, http.StatusUnauthorized, "UNAUTHORIZED", "This machine may not pull images of a subscription: "+err.Error())
	case subscription != t.owner:
		unknown(w)
	default:
		n.Next.ServeHTTP(w, r)
	}
}

// Names in tokens.
const (
	issuer   = "lotse"
	audience = "registry"
	leeway   = time.Minute
)

type claims struct {
	Subscription string `json:"subscription"`
	Cluster      string `json:"cluster"`
}

// subscription whose images the caller may pull.
func (n Nodes) subscription(r *http.Request) (string, error) {
	raw, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return "", errors.New("it sent no token. A machine that was made before machines had tokens gets one when its node image is upgraded")
	}
	token, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return "", errors.New("its token is not one of Lotse's")
	}
	var standard jwt.Claims
	var own claims
	if err := token.Claims(n.Key, &standard, &own); err != nil {
		return "", errors.New("its token is not one of Lotse's")
	}
	expected := jwt.Expected{Issuer: issuer, AnyAudience: jwt.Audience{audience}, Time: n.Now()}
	if err := standard.ValidateWithLeeway(expected, leeway); err != nil || standard.Expiry == nil {
		return "", errors.New("its token has expired. Lotse renews it within a minute or two, if it runs")
	}
	if n.Store.Revoked(own.Cluster) {
		return "", errors.New("its cluster was deleted")
	}
	return own.Subscription, nil
}
