package azurerm

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/go-azure-sdk/sdk/auth"
	"github.com/hashicorp/go-azure-sdk/sdk/claims"
	"github.com/hashicorp/go-azure-sdk/sdk/environments"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/audit"
	"lotse.dev/identity"
)

const (
	tenant       = "10000000-0000-0000-0000-000000000001"
	subscription = "20000000-0000-0000-0000-000000000001"
	robot        = "30000000-0000-0000-0000-000000000001"
	secret       = "s3cret"
)

// frontDoor with one subscription and its Owner, whose certificate this process trusts.
func frontDoor(t *testing.T) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	door, err := arm.New(arm.Options{
		Client: directory(t), Audit: audit.To(io.Discard), Log: slog.New(slog.DiscardHandler),
		SigningKey: pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(door.Handler())
	t.Cleanup(s.Close)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSL_CERT_FILE", ca) // the library trusts what the system trusts, as Terraform does
	return s.URL
}

func directory(t *testing.T) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(scheme)
	_ = v1alpha1.AddToScheme(scheme)
	hash, err := identity.HashSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(
		&v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: subscription}, Spec: v1alpha1.SubscriptionSpec{
			DisplayName: "One", TenantID: tenant, State: v1alpha1.SubscriptionRegistered}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: "robot"}, Data: map[string][]byte{"k": []byte(hash)}},
		&v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: robot}, Spec: v1alpha1.PrincipalSpec{
			Type: identity.ServicePrincipal, TenantID: tenant, SecretName: "robot", Secrets: []v1alpha1.PrincipalSecret{{ID: "k"}}}},
		&v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: "r"}, Spec: v1alpha1.RoleAssignmentSpec{
			Principal: robot, Role: identity.Owner, Scope: "/subscriptions/" + subscription}},
	).Build()
}

// TestWhatAzurermDoesBeforeItsFirstRequest follows the provider: it reads the environment, logs in for Microsoft Graph to learn from the token who it
// is, logs in for the resource manager, and asks for the subscription's providers.
func TestWhatAzurermDoesBeforeItsFirstRequest(t *testing.T) {
	endpoint := frontDoor(t)
	environment, err := environments.FromEndpoint(t.Context(), endpoint)
	if err != nil {
		t.Fatal(err)
	}
	if environment.IsAzureStack() {
		t.Error("the provider refuses Azure Stack, and takes Lotse for one")
	}
	credentials := auth.Credentials{
		Environment: *environment, TenantID: tenant, ClientID: robot, ClientSecret: secret, EnableAuthenticatingUsingClientSecret: true,
	}
	for _, api := range []environments.Api{environment.MicrosoftGraph, environment.ResourceManager} {
		authorizer, err := auth.NewAuthorizerFromCredentials(t.Context(), credentials, api)
		if err != nil {
			t.Fatalf("%s: %v", api.Name(), err)
		}
		token, err := authorizer.Token(t.Context(), &http.Request{})
		if err != nil {
			t.Fatalf("%s: %v", api.Name(), err)
		}
		who, err := claims.ParseClaims(token)
		if err != nil {
			t.Fatalf("%s: %v", api.Name(), err)
		}
		if who.Audience != endpoint+"/" || who.TenantId != tenant || who.ObjectId != robot || who.AppId != robot || who.Scopes != "" {
			t.Errorf("%s: got %+v", api.Name(), who)
		}
		manager, _ := environment.ResourceManager.Endpoint()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, *manager+"/subscriptions/"+subscription+"/providers?api-version=2022-09-01", nil)
		if err != nil {
			t.Fatal(err)
		}
		token.SetAuthHeader(r)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: the first request is answered %d", api.Name(), answer.StatusCode)
		}
	}
}
