package telemetry

import (
	"context"
	"crypto/sha256"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-logr/logr"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// remembered is how long a token that was admitted is not reviewed again.
const remembered = 30 * time.Second

// Guard admits requests for metrics whose token the management cluster knows and authorizes to get the path (a nonResourceURL). It is the
// check of controller-runtime's filter without k8s.io/apiserver, which would be the largest dependency of Lotse's process.
func Guard(config *rest.Config, client *http.Client) (metricsserver.Filter, error) {
	set, err := kubernetes.NewForConfigAndClient(config, client)
	if err != nil {
		return nil, err
	}
	return func(log logr.Logger, next http.Handler) (http.Handler, error) {
		g := &guard{set: set, log: log, known: map[[sha256.Size]byte]time.Time{}}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if status := g.check(r); status != http.StatusOK {
				http.Error(w, http.StatusText(status), status)
				return
			}
			next.ServeHTTP(w, r)
		}), nil
	}, nil
}

type guard struct {
	set kubernetes.Interface
	log logr.Logger

	mu    sync.Mutex
	known map[[sha256.Size]byte]time.Time // until when a token and path are admitted
}

// check returns the HTTP status of a request: 200 if it is admitted.
func (g *guard) check(r *http.Request) int {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || token == "" {
		return http.StatusUnauthorized
	}
	key := sha256.Sum256([]byte(r.Method + " " + r.URL.Path + "\n" + token))
	if g.remembers(key) {
		return http.StatusOK
	}
	status, err := g.review(r.Context(), token, strings.ToLower(r.Method), r.URL.Path)
	if err != nil {
		g.log.Error(err, "reviewing the token of a request for metrics failed")
		return http.StatusInternalServerError
	}
	if status == http.StatusOK {
		g.remember(key)
	}
	return status
}

func (g *guard) review(ctx context.Context, token, verb, path string) (int, error) {
	authenticated, err := g.set.AuthenticationV1().TokenReviews().Create(ctx,
		&authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}, metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	if !authenticated.Status.Authenticated {
		return http.StatusUnauthorized, nil
	}
	extra := map[string]authorizationv1.ExtraValue{}
	for k, v := range authenticated.Status.User.Extra {
		extra[k] = authorizationv1.ExtraValue(v)
	}
	access, err := g.set.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{
			User: authenticated.Status.User.Username, UID: authenticated.Status.User.UID, Groups: authenticated.Status.User.Groups, Extra: extra,
			NonResourceAttributes: &authorizationv1.NonResourceAttributes{Path: path, Verb: verb},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return 0, err
	}
	if !access.Status.Allowed {
		return http.StatusForbidden, nil
	}
	return http.StatusOK, nil
}

func (g *guard) remembers(key [sha256.Size]byte) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return time.Now().Before(g.known[key])
}

func (g *guard) remember(key [sha256.Size]byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	for k, until := range g.known {
		if now.After(until) {
			delete(g.known, k)
		}
	}
	g.known[key] = now.Add(remembered)
}
