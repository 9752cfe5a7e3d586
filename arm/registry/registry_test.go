package registry_test

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	inmemory "github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/utils/clock"
	clocktest "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm"
	"lotse.dev/audit"
	"lotse.dev/identity"
)

const (
	writer   = "30000000-0000-0000-0000-000000000001"
	reader   = "30000000-0000-0000-0000-000000000002"
	roleless = "30000000-0000-0000-0000-000000000003"
	secret   = "s3cret"
)

// front is a front door before an in-memory registry that asks for a client certificate. Nothing is written to the management cluster
// here, so a fake of it does.
func front(t *testing.T) *httptest.Server {
	t.Helper()
	return frontWith(t, audit.To(io.Discard), clock.RealClock{})
}

func frontWith(t *testing.T, records *audit.Log, now clock.PassiveClock) *httptest.Server {
	t.Helper()
	backend := httptest.NewUnstartedServer(inmemory.New(inmemory.Logger(log.New(io.Discard, "", 0))))
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
		Client: people(t), Audit: records, Clock: now, Log: slog.New(slog.DiscardHandler),
		SigningKey:       pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}),
		RegistryEndpoint: backend.URL, RegistryTransport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewTLSServer(server.Handler())
	t.Cleanup(s.Close)
	return s
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
	for id, role := range map[string]string{writer: identity.Contributor, reader: identity.Reader, roleless: ""} {
		b.WithObjects(
			&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: id}, Data: map[string][]byte{"k": []byte(hash)}},
			&v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: v1alpha1.PrincipalSpec{
				Type: "ServicePrincipal", SecretName: id, Secrets: []v1alpha1.PrincipalSecret{{ID: "k"}}}},
		)
		if role != "" {
			b.WithObjects(&v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: id},
				Spec: v1alpha1.RoleAssignmentSpec{Principal: id, Role: role, Scope: "/subscriptions/s"}})
		}
	}
	return b.Build()
}

func TestPushAndPull(t *testing.T) {
	s := front(t)
	image, err := random.Image(100_000, 3)
	if err != nil {
		t.Fatal(err)
	}
	ref := func(repository string) name.Reference {
		r, err := name.ParseReference(strings.TrimPrefix(s.URL, "https://") + "/" + repository)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	options := func(who, secret string) []remote.Option {
		return []remote.Option{remote.WithAuth(&authn.Basic{Username: who, Password: secret}), remote.WithTransport(s.Client().Transport)}
	}
	for _, c := range []struct {
		sentence string
		try      func() error
		want     bool
	}{
		{"a contributor pushes", func() error { return remote.Write(ref("team/app:1"), image, options(writer, secret)...) }, true},
		{"a reader pulls", func() error { _, err := remote.Image(ref("team/app:1"), options(reader, secret)...); return err }, true},
		{"a reader does not push", func() error { return remote.Write(ref("team/app:2"), image, options(reader, secret)...) }, false},
		{"the service's own images cannot be pushed", func() error { return remote.Write(ref("lotse/etcd:1"), image, options(writer, secret)...) }, false},
		{"the service's own images cannot be deleted", func() error { return remote.Delete(ref("lotse/etcd:1"), options(writer, secret)...) }, false},
		{"a principal without a role cannot pull", func() error { _, err := remote.Image(ref("team/app:1"), options(roleless, secret)...); return err }, false},
		{"a wrong secret pulls nothing", func() error { _, err := remote.Image(ref("team/app:1"), options(writer, "x")...); return err }, false},
		{"without a log-in nothing is pulled", func() error {
			_, err := remote.Image(ref("team/app:1"), remote.WithTransport(s.Client().Transport))
			return err
		}, false},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			if err := c.try(); (err == nil) != c.want {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestPathsThatWouldMeanSomethingElseBehindTheProxyAreRefused(t *testing.T) {
	s := front(t)
	for _, path := range []string{"/v2/team/..%2flotse/etcd/manifests/1", "/v2/team%2fapp/manifests/1", "/v2/LOTSE/etcd/manifests/1", "/v2/lotse//etcd/manifests/1"} {
		r, _ := http.NewRequest(http.MethodPut, s.URL+path, strings.NewReader("{}"))
		r.SetBasicAuth(writer, secret)
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusBadRequest && answer.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %d", path, answer.StatusCode)
		}
	}
}

func TestTheFrontDoorsTokenIsGoodForTheRegistryAndNotTheOtherWayRound(t *testing.T) {
	s := front(t)
	get := func(path, authorization string, basic bool) *http.Response {
		r, _ := http.NewRequest(http.MethodGet, s.URL+path, nil)
		if basic {
			r.SetBasicAuth(reader, secret)
		} else {
			r.Header.Set("Authorization", authorization)
		}
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	body, _ := io.ReadAll(get("/v2/token?service=x", "", true).Body)
	token := between(string(body), `"access_token":"`, `"`)
	if a := get("/subscriptions?api-version=2019-11-01", "Bearer "+token, false); a.StatusCode != 401 {
		t.Errorf("a registry token opened the front door: %d", a.StatusCode)
	}
	if a := get("/v2/", "Bearer "+token, false); a.StatusCode != 200 {
		t.Errorf("got %d", a.StatusCode)
	}
	form := strings.NewReader("grant_type=client_credentials&client_id=" + reader + "&client_secret=" + secret)
	answer, err := s.Client().Post(s.URL+"/adfs/oauth2/token", "application/x-www-form-urlencoded", form)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, _ = io.ReadAll(answer.Body)
	if a := get("/v2/", "Bearer "+between(string(body), `"access_token":"`, `"`), false); a.StatusCode != 200 {
		t.Errorf("got %d", a.StatusCode)
	}
	if a := get("/v2/", "", false); a.StatusCode != 401 || !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer realm=") {
		t.Errorf("got %d %v", a.StatusCode, a.Header)
	}
}

func TestLogInsOfTheRegistryAreBoundedAndRecordedAsAllOthers(t *testing.T) {
	records, err := audit.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := frontWith(t, records, clocktest.NewFakeClock(time.Now()))
	try := func(method, path string, basic bool, form url.Values) *http.Response {
		r, _ := http.NewRequest(method, s.URL+path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if basic {
			r.SetBasicAuth(writer, "guess")
		}
		answer, err := s.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer
	}
	ways := []func() *http.Response{
		func() *http.Response { return try("GET", "/v2/", true, url.Values{"username": {rand.Text()}}) },
		func() *http.Response { return try("GET", "/v2/token", true, nil) },
		func() *http.Response { return try("POST", "/v2/token", true, url.Values{"username": {rand.Text()}}) },
		func() *http.Response {
			return try("POST", "/v2/token", false, url.Values{"username": {writer}, "password": {"guess"}})
		},
		func() *http.Response {
			return try("POST", "/adfs/oauth2/token", false, url.Values{"grant_type": {"client_credentials"}, "client_id": {writer}, "client_secret": {"guess"}, "username": {rand.Text()}})
		},
	}
	guesses := 0
	for try := range 100 {
		if answer := ways[try%len(ways)](); answer.StatusCode == http.StatusUnauthorized {
			guesses++
		} else if answer.StatusCode != http.StatusTooManyRequests || answer.Header.Get("Retry-After") == "" {
			t.Fatalf("way %d: got %d", try%len(ways), answer.StatusCode)
		}
	}
	if guesses != 10 {
		t.Errorf("%d secrets could be guessed in all ways together, want 10", guesses)
	}
	found, err := records.Read(audit.Query{Principal: writer})
	if err != nil || len(found) != 100 {
		t.Errorf("%d of 100 log-ins are recorded, %v", len(found), err)
	}
}

func TestAHalfSentLogInIsNotReadIntoMemory(t *testing.T) {
	s := front(t)
	for _, path := range []string{"/v2/token", "/V2/token", "/v2//token"} {
		c, err := tls.Dial("tcp", strings.TrimPrefix(s.URL, "https://"), s.Client().Transport.(*http.Transport).TLSClientConfig.Clone())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = io.WriteString(c, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 10000000\r\n\r\nusername=x")
		answer, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: got %d", path, answer.StatusCode)
		}
	}
}

func between(s, before, after string) string {
	_, rest, _ := strings.Cut(s, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
