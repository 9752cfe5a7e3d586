package arm_test

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/golang-jwt/jwt/v5"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/pki"
)

// oidcIssuer verifies a cluster's token as others do: by the discovery document and the keys at the cluster's issuer URL.
func oidcIssuer(t *testing.T, w *world) {
	token, path := w.token(admin), rg+"/providers/Microsoft.ContainerService/managedClusters/oidc"+v
	with := func(profile string) string {
		return `{"location":"local","properties":{"oidcIssuerProfile":` + profile + `,"agentPoolProfiles":[{"name":"np1","mode":"System","count":1}]}}`
	}
	w.operator.paused.Store(true)
	made := w.want(t, w.do(token, "PUT", path, with(`{"enabled":true}`)), 201, "")
	url, _ := made.at("properties.oidcIssuerProfile.issuerURL").(string)
	if !strings.HasPrefix(url, w.server.URL+"/oic/"+tenant+"/") || !strings.HasSuffix(url, "/") {
		t.Fatalf("the issuer is %q", url)
	}
	discovery := strings.TrimSuffix(url, "/") + "/.well-known/openid-configuration"
	answers := func(status int) func() bool {
		return func() bool { return w.do("", "GET", discovery, "").StatusCode == status }
	}
	w.until(t, "the issuer to be known and without keys", answers(http.StatusServiceUnavailable))
	pair, err := pki.NewSigningKey()
	must(t, err)
	w.signingKeys(sub1, "rg1", "oidc", pair)
	w.until(t, "the issuer to have its keys", answers(http.StatusOK))
	w.verifies(t, url, pair)
	w.tellsNothingPrivate(t, url)
	for _, other := range []string{tenant + "/" + admin, admin + url[strings.Index(url, tenant)+len(tenant):], "x/y"} {
		w.want(t, w.do("", "GET", "/oic/"+strings.Trim(other, "/")+"/.well-known/openid-configuration", ""), 404, "NotFound")
	}
	w.operator.paused.Store(false)
	w.succeed(t, token, made)
	w.want(t, w.do(token, "PUT", path, with(`{"enabled":false}`)), 400, "OIDCIssuerFeatureCannotBeDisabled")
	again := w.want(t, w.do(token, "PUT", path, with(`{"enabled":true,"issuerURL":"`+url+`"}`)), 200, "")
	if again.at("properties.oidcIssuerProfile.issuerURL") != url || again.Header.Get("Azure-AsyncOperation") != "" {
		t.Errorf("asking again changed something: %s", again.body)
	}
	w.succeed(t, token, w.want(t, w.do(token, "DELETE", path, ""), 202, ""))
	w.until(t, "the issuer to end with its cluster", answers(http.StatusNotFound))
}

// signingKeys of tokens, where a cluster's controller puts them.
func (w *world) signingKeys(subscription, group, name string, pair pki.Pair) {
	cluster := v1alpha1.ObjectName(v1alpha1.ManagedClusterID(subscription, group, name))
	namespace, labels := v1alpha1.ControlPlaneNamespace(cluster), map[string]string{v1alpha1.LabelCluster: cluster, v1alpha1.LabelSubscription: subscription}
	w.create(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace, Labels: labels}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: v1alpha1.ComponentAPIServer, Labels: labels},
			Data: map[string][]byte{"service-account.pub": pair.Certificate, "service-account.key": pair.Key}},
	)
}

func (w *world) tellsNothingPrivate(t *testing.T, url string) {
	keys := w.want(t, w.do("", "GET", v1alpha1.OIDCKeysURL(url), ""), 200, "")
	if got := keys.Header.Get("Content-Type"); got != "application/jwk-set+json" {
		t.Errorf("the content type is %s", got)
	}
	key, _ := keys.at("keys.0").(map[string]any)
	if got := slices.Sorted(maps.Keys(key)); !slices.Equal(got, []string{"alg", "crv", "kid", "kty", "use", "x", "y"}) {
		t.Errorf("the members of the key are %v", got)
	}
}

func (w *world) verifies(t *testing.T, url string, pair pki.Pair) {
	ctx := oidc.ClientContext(t.Context(), w.server.Client())
	issuer, err := oidc.NewProvider(ctx, url)
	must(t, err)
	verifier := issuer.Verifier(&oidc.Config{ClientID: "api://AzureADTokenExchange"})
	token, err := verifier.Verify(ctx, serviceAccountToken(t, url, pair))
	must(t, err)
	if token.Subject != "system:serviceaccount:default:web" {
		t.Errorf("the subject is %s", token.Subject)
	}
	other, err := pki.NewSigningKey()
	must(t, err)
	if _, err := verifier.Verify(ctx, serviceAccountToken(t, url, other)); err == nil {
		t.Error("a token that another key signed is accepted")
	}
}

// serviceAccountToken as a cluster's API server signs it.
func serviceAccountToken(t *testing.T, issuer string, pair pki.Pair) string {
	t.Helper()
	block, _ := pem.Decode(pair.Key)
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	must(t, err)
	public, err := x509.MarshalPKIXPublicKey(private.(*ecdsa.PrivateKey).Public())
	must(t, err)
	sum := sha256.Sum256(public)
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{
		Issuer: issuer, Subject: "system:serviceaccount:default:web", Audience: jwt.ClaimStrings{"api://AzureADTokenExchange"},
		ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour)), IssuedAt: jwt.NewNumericDate(time.Now()),
	})
	token.Header["kid"] = base64.RawURLEncoding.EncodeToString(sum[:])
	signed, err := token.SignedString(private)
	must(t, err)
	return signed
}
