package registry_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	inmemory "github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/audit"
	"lotse.dev/identity"
)

const (
	shop   = "aaaaaaaa-0000-0000-0000-000000000001"
	rival  = "bbbbbbbb-0000-0000-0000-000000000002"
	closed = "dddddddd-0000-0000-0000-000000000004"

	writer   = "30000000-0000-0000-0000-000000000001"
	reader   = "30000000-0000-0000-0000-000000000002"
	roleless = "30000000-0000-0000-0000-000000000003"
	stranger = "30000000-0000-0000-0000-000000000004"
	ofGroup  = "30000000-0000-0000-0000-000000000005"
	puller   = "30000000-0000-0000-0000-000000000006"
	pusher   = "30000000-0000-0000-0000-000000000007"
	deleter  = "30000000-0000-0000-0000-000000000008"
	owner    = "30000000-0000-0000-0000-000000000009"
	secret   = "s3cret"
)

// given are roles and scopes of principals.
var given = map[string][]v1alpha1.RoleAssignmentSpec{
	writer:   {{Role: identity.Contributor, Scope: "/subscriptions/" + shop}, {Role: identity.Contributor, Scope: "/subscriptions/" + closed}},
	reader:   {{Role: identity.Reader, Scope: "/subscriptions/" + shop}},
	roleless: nil,
	stranger: {{Role: identity.Owner, Scope: "/subscriptions/" + rival}},
	ofGroup:  {{Role: identity.Contributor, Scope: "/subscriptions/" + shop + "/resourceGroups/g"}},
	puller:   {{Role: identity.ImagePull, Scope: "/subscriptions/" + shop}, {Role: identity.Reader, Scope: "/subscriptions/" + rival}},
	pusher:   {{Role: identity.ImagePush, Scope: "/subscriptions/" + shop}},
	deleter:  {{Role: identity.ImageDelete, Scope: "/subscriptions/" + shop}},
	owner:    {{Role: identity.Owner, Scope: "/"}},
}

// door is a front door before an in-memory registry that asks for a client certificate. Nothing is written to the management cluster
// here, so a fake of it does.
type door struct {
	*httptest.Server
	lines *lines
	// before each request that reaches the registry.
	before func(*http.Request)
}

// lines of the audit log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func front(t *testing.T) *door {
	t.Helper()
	l := &lines{}
	d := frontWith(t, audit.To(l), clock.RealClock{})
	d.lines = l
	return d
}

func frontWith(t *testing.T, records *audit.Log, now clock.PassiveClock) *door {
	t.Helper()
	d := &door{before: func(*http.Request) {}}
	images := inmemory.New(inmemory.Logger(log.New(io.Discard, "", 0)))
	backend := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.before(r)
		if r.URL.Path == "/v2/_catalog" {
			sorted(images, w, r)
			return
		}
		images.ServeHTTP(w, r)
	}))
	backend.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
	backend.StartTLS()
	t.Cleanup(backend.Close)
	transport := backend.Client().Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.Certificates = backend.TLS.Certificates

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	server, err := arm.New(arm.Options{
		Client: people(t), Audit: records, Clock: now, Real: now, Log: slog.New(slog.DiscardHandler),
		SigningKey:       pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		RegistryEndpoint: backend.URL, RegistryTransport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewTLSServer(server.Handler())
	t.Cleanup(d.Close)
	return d
}

// sorted makes up for a list whose order the in-memory registry leaves to chance.
func sorted(images http.Handler, w http.ResponseWriter, r *http.Request) {
	recorded := httptest.NewRecorder()
	images.ServeHTTP(recorded, r)
	var list struct {
		Repositories []string `json:"repositories"`
	}
	_ = json.Unmarshal(recorded.Body.Bytes(), &list)
	slices.Sort(list.Repositories)
	_ = json.NewEncoder(w).Encode(list)
}

func people(t *testing.T) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	_ = clientgoscheme.AddToScheme(scheme)
	_ = v1alpha1.AddToScheme(scheme)
	hash, err := identity.HashSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme)
	for id, roles := range given {
		b.WithObjects(
			&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: id}, Data: map[string][]byte{"k": []byte(hash)}},
			&v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: v1alpha1.PrincipalSpec{
				Type: "ServicePrincipal", SecretName: id, Secrets: []v1alpha1.PrincipalSecret{{ID: "k"}}}},
		)
		for i, role := range roles {
			role.Principal = id
			b.WithObjects(&v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(id, i)}, Spec: role})
		}
	}
	for id, state := range map[string]v1alpha1.SubscriptionState{shop: "", rival: "Registered", closed: "Suspended"} {
		small := int32(3)
		b.WithObjects(&v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: v1alpha1.SubscriptionSpec{
			State: state, Quotas: v1alpha1.Quotas{RegistryGiB: &small}}})
	}
	return b.Build()
}

func (d *door) ref(t *testing.T, repository string) name.Reference {
	t.Helper()
	r, err := name.ParseReference(strings.TrimPrefix(d.URL, "https://") + "/" + repository)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (d *door) as(who string) []remote.Option {
	return []remote.Option{remote.WithAuth(&authn.Basic{Username: who, Password: secret}), remote.WithTransport(d.Client().Transport)}
}

func anImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(100_000, 3)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// do sends one request as a principal, and returns the status and the body.
func (d *door) do(t *testing.T, who, method, path string, body io.Reader, header map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, d.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(who, secret)
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := d.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}
