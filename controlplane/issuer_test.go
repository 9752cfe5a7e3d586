package controlplane_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/oidcissuer"
	"lotse.dev/controlplane"
)

// serveIssuer answers with what the front door makes of the cluster's public keys.
func (r *running) serveIssuer(t *testing.T) *httptest.Server {
	t.Helper()
	keys, err := oidcissuer.Keys(r.contents[v1alpha1.ComponentAPIServer]["service-account.pub"])
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	for path, body := range map[string]any{
		"/oic/t/1/.well-known/openid-configuration": oidcissuer.Discover(server.URL+"/oic/t/1/", keys),
		"/oic/t/1" + v1alpha1.OIDCKeysPath:          keys,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(body) })
	}
	return server
}

// verified lets a verifier outside the cluster check a token, with nothing but the issuer's URL; and the cluster's own document, which Pods
// read at kubernetes.default.svc, is the same.
func (r *running) verified(t *testing.T, c kubernetes.Interface) {
	const audience = "api://AzureADTokenExchange"
	request := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{Audiences: []string{audience}}}
	token, err := c.CoreV1().ServiceAccounts("default").CreateToken(t.Context(), "default", request, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ctx := oidc.ClientContext(t.Context(), r.issuer.Client())
	outside, err := oidc.NewProvider(ctx, r.issuer.URL+"/oic/t/1/")
	if err != nil {
		t.Fatal(err)
	}
	read, err := outside.Verifier(&oidc.Config{ClientID: audience}).Verify(ctx, token.Status.Token)
	if err != nil || read.Subject != "system:serviceaccount:default:default" {
		t.Errorf("the verifier read %+v, %v", read, err)
	}
	var inside, want oidcissuer.Discovery
	content, err := c.CoreV1().RESTClient().Get().AbsPath("/.well-known/openid-configuration").DoRaw(t.Context())
	if err != nil || json.Unmarshal(content, &inside) != nil || outside.Claims(&want) != nil {
		t.Fatalf("the cluster's own document is %s, %v", content, err)
	}
	if inside.Issuer != want.Issuer || inside.KeysURI != want.KeysURI || !slices.Equal(inside.Algorithms, want.Algorithms) {
		t.Errorf("the cluster has %+v, the issuer %+v", inside, want)
	}
}

// accepted reviews a token that the API server signed before the cluster got its public issuer.
func (r *running) accepted(t *testing.T, c kubernetes.Interface) {
	account, err := c.CoreV1().ServiceAccounts("default").Get(t.Context(), "default", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(r.roots.ServiceAccount.Key)
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"iss": controlplane.Issuer, "aud": []string{controlplane.Issuer}, "sub": "system:serviceaccount:default:default",
		"iat": time.Now().Unix(), "nbf": time.Now().Unix(), "exp": time.Now().Add(time.Hour).Unix(),
		"kubernetes.io": map[string]any{"namespace": "default", "serviceaccount": map[string]any{"name": "default", "uid": account.UID}},
	}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token}}
	got, err := c.AuthenticationV1().TokenReviews().Create(t.Context(), review, metav1.CreateOptions{})
	if err != nil || !got.Status.Authenticated {
		t.Errorf("the token is refused: %+v, %v", got, err)
	}
}
