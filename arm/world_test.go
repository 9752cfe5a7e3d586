package arm_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apitest"
	"lotse.dev/arm"
	"lotse.dev/arm/cached"
	"lotse.dev/arm/containerservice"
	"lotse.dev/arm/features"
	"lotse.dev/arm/middleware"
	"lotse.dev/arm/oidcissuer"
	"lotse.dev/audit"
	hostedcommand "lotse.dev/command/hosted"
	"lotse.dev/identity"
)

const (
	tenant     = "10000000-0000-0000-0000-000000000001"
	sub1       = "20000000-0000-0000-0000-000000000001"
	sub2       = "20000000-0000-0000-0000-000000000002"
	suspended  = "20000000-0000-0000-0000-000000000003"
	admin      = "30000000-0000-0000-0000-000000000001"
	reader     = "30000000-0000-0000-0000-000000000002"
	groupOwner = "30000000-0000-0000-0000-000000000003"
	anna       = "30000000-0000-0000-0000-000000000004"
	stranger   = "30000000-0000-0000-0000-000000000005"
	secret     = "s3cret"
	v          = "?api-version=2025-02-01"
)

var fast = middleware.Rate{PerSecond: 1000, Burst: 1000}

// world is a front door over a real API server, with a few people in it.
type world struct {
	t      *testing.T
	client client.Client
	// config of the API server, which is that of hosted clusters too.
	config *rest.Config
	server *httptest.Server
	// front is the front door that server serves.
	front *arm.Server
	// audit is the directory of the audit log.
	audit string
	// key signs the front door's tokens.
	key *rsa.PrivateKey
	// options of the front doors, to make more.
	options arm.Options
	// others are front doors beside the first, as more replicas or the same after a restart.
	others []http.Handler
	// replicas is what the first front door knows of the others.
	replicas *replicas
	// operator simulates the controllers; tests pause it to see operations in progress.
	operator *operator
	// observed is what the front doors see of the management cluster's capacity.
	observed *lagging
	// preflight is what the front doors learn of hosted clusters before an upgrade.
	preflight *asked
}

func newWorld(t *testing.T) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	must(t, clientgoscheme.AddToScheme(scheme))
	must(t, v1alpha1.AddToScheme(scheme))
	config := apitest.Start(t)
	c, err := client.New(config, client.Options{Scheme: scheme})
	must(t, err)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	w := &world{t: t, client: c, config: config, audit: t.TempDir(), key: key, observed: &lagging{Reader: c}, preflight: newAsked(c, config)}
	w.seed()
	auditLog, err := audit.Open(w.audit)
	must(t, err)
	w.server = httptest.NewUnstartedServer(nil)
	options := arm.Options{
		Client: c, Cache: startCache(t, config, scheme), PublicURL: "https://" + w.server.Listener.Addr().String(), Observed: w.observed, SigningKey: keyPEM(key), Audit: auditLog, Log: slog.New(slog.NewTextHandler(testWriter{t}, nil)),
		Clock:     ahead{},
		Rates:     middleware.Rates{Read: fast, Write: fast, Delete: fast},
		Commands:  &hostedcommand.Commands{Client: c, Hosted: itself{c}},
		Preflight: w.preflight,
		Features:  []features.Feature{{Provider: "Microsoft.ContainerService", Name: "ExamplePreview"}},
		Outbound:  []containerservice.Endpoint{{Category: "registry", Host: "registry.lotse.internal", Port: 5000, Protocol: "Https"}},
	}
	w.options, w.replicas = options, &replicas{}
	options.Replicas = w.replicas
	front, err := arm.New(options)
	must(t, err)
	w.front = front
	options.Replicas = nil
	for range 3 {
		another, err := arm.New(options)
		must(t, err)
		w.others = append(w.others, another.Handler())
	}
	w.server.Config.Handler = front.Handler()
	w.server.StartTLS()
	t.Cleanup(w.server.Close)
	w.operator = startOperator(t, c)
	return w
}

// replicas says that a front door is alone while no story uses others.
type replicas struct{ several atomic.Bool }

func (r *replicas) Alone() bool                     { return !r.several.Load() }
func (*replicas) Acknowledge(context.Context) error { return nil }

// ahead is the service's clock of all these tests: nothing that keeps writes safe may count in it.
type ahead struct{}

func (ahead) Now() time.Time                  { return time.Now().Add(10 * time.Minute) }
func (ahead) Since(t time.Time) time.Duration { return ahead{}.Now().Sub(t) }

// startCache as the manager's, of which the front door reads.
func startCache(t *testing.T, config *rest.Config, scheme *runtime.Scheme) client.Reader {
	watched, err := cache.New(config, cache.Options{Scheme: scheme})
	must(t, err)
	must(t, oidcissuer.Index(t.Context(), watched))
	must(t, cached.Index(t.Context(), watched))
	for _, o := range append(arm.CachedKinds().Lookups, arm.CachedKinds().Resources...) {
		_, err := watched.GetInformer(t.Context(), o)
		must(t, err)
	}
	go func() { _ = watched.Start(t.Context()) }() // it ends with the test
	if !watched.WaitForCacheSync(t.Context()) {
		t.Fatal("the cache has not come up")
	}
	return watched
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("level=ERROR")) {
		w.t.Log(strings.TrimSpace(string(p)))
	}
	return len(p), nil
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func signingKey(t *testing.T) []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	return keyPEM(key)
}

func keyPEM(key *rsa.PrivateKey) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func (w *world) create(objects ...client.Object) {
	w.t.Helper()
	for _, o := range objects {
		must(w.t, w.client.Create(context.Background(), o))
	}
}

func (w *world) seed() {
	w.create(&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.SystemNamespace}})
	for id, state := range map[string]v1alpha1.SubscriptionState{
		sub1: v1alpha1.SubscriptionRegistered, sub2: v1alpha1.SubscriptionRegistered, suspended: v1alpha1.SubscriptionSuspended,
	} {
		w.create(
			&v1alpha1.Subscription{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: v1alpha1.SubscriptionSpec{
				DisplayName: "Subscription " + id[len(id)-1:], TenantID: tenant, State: state}},
			&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.SubscriptionNamespace(id)}},
		)
	}
	for _, version := range []string{"1.36.3", "1.37.0", "1.37.2"} {
		w.create(&v1alpha1.Release{ObjectMeta: metav1.ObjectMeta{Name: "v" + version + "-0"}, Spec: v1alpha1.ReleaseSpec{
			KubernetesVersion: version, NodeImageVersion: "LotseDebian-12-" + version,
			Images: map[string]string{"node": "x", v1alpha1.ImageRunCommand: "runcommand:1"}}})
	}
	w.person(admin, identity.ServicePrincipal, "", identity.Owner, "/")
	w.person(reader, identity.ServicePrincipal, "", identity.Reader, "/subscriptions/"+sub1)
	w.person(groupOwner, identity.ServicePrincipal, "", identity.Contributor, "/subscriptions/"+sub1+"/resourceGroups/mine")
	w.person(anna, identity.User, "anna@lotse.local", identity.Contributor, "/subscriptions/"+sub2)
	w.person(stranger, identity.ServicePrincipal, "", "", "")
}

func (w *world) person(id, kind, userName, role, scope string) {
	hash, err := identity.HashSecret(secret)
	must(w.t, err)
	w.create(
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: v1alpha1.SystemNamespace, Name: "principal-" + id},
			Data: map[string][]byte{"broken": []byte("not a hash"), "first": []byte(hash)}},
		&v1alpha1.Principal{ObjectMeta: metav1.ObjectMeta{Name: id}, Spec: v1alpha1.PrincipalSpec{
			DisplayName: id, Type: kind, UserName: userName, TenantID: tenant, SecretName: "principal-" + id,
			Secrets: []v1alpha1.PrincipalSecret{{ID: "broken", CreatedAt: metav1.Now()}, {ID: "first", CreatedAt: metav1.Now()}}}},
	)
	if role != "" {
		w.create(&v1alpha1.RoleAssignment{ObjectMeta: metav1.ObjectMeta{Name: "r-" + id},
			Spec: v1alpha1.RoleAssignmentSpec{Principal: id, Role: role, Scope: scope}})
	}
}

// answer to a request, with its body read.
type answer struct {
	*http.Response
	body []byte
}

func (a answer) json() map[string]any {
	var m map[string]any
	_ = json.Unmarshal(a.body, &m)
	return m
}

// at follows a dotted path in the body; numbers index arrays.
func (a answer) at(path string) any {
	var now any = a.json()
	for _, step := range strings.Split(path, ".") {
		switch n := now.(type) {
		case map[string]any:
			now = n[step]
		case []any:
			i := int(step[0] - '0')
			if i >= len(n) {
				return nil
			}
			now = n[i]
		default:
			return nil
		}
	}
	return now
}

func (w *world) form(path string, form url.Values) answer {
	return w.do("", http.MethodPost, path, form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
}

func (w *world) token(who string) string {
	w.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {who}, "client_secret": {secret}}
	if who == anna {
		form = url.Values{"grant_type": {"password"}, "client_id": {"az"}, "username": {"Anna@lotse.local"}, "password": {secret}}
	}
	a := w.form("/adfs/oauth2/token", form)
	if a.StatusCode != http.StatusOK {
		w.t.Fatalf("log-in of %s: %d %s", who, a.StatusCode, a.body)
	}
	return a.at("access_token").(string)
}

func (w *world) do(token, method, path, body string, headers ...string) answer {
	w.t.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = w.server.URL + path
	}
	r, err := http.NewRequest(method, target, strings.NewReader(body))
	must(w.t, err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := w.server.Client().Do(r)
	must(w.t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	must(w.t, err)
	return answer{response, data}
}

// want a status, and a code if the answer is an error.
func (w *world) want(t *testing.T, a answer, status int, code string) answer {
	t.Helper()
	got, _ := a.at("error.code").(string)
	if a.StatusCode != status || got != code {
		t.Fatalf("%s %s: got %d %s, want %d %s", a.Request.Method, a.Request.URL.Path, a.StatusCode, a.body, status, code)
	}
	return a
}
