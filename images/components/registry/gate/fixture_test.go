package gate_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/distribution/distribution/v3/configuration"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/opencontainers/go-digest"
	"github.com/sirupsen/logrus"

	"lotse.dev/images/components/registry/gate"
	"lotse.dev/images/components/registry/store"
)

const (
	anna  = "aaaaaaaa-0000-0000-0000-000000000001"
	berta = "bbbbbbbb-0000-0000-0000-000000000002"
	uid   = "cccccccc-0000-0000-0000-000000000003"
)

// fixture is upstream's registry as Lotse runs it: a server that writes and one that reads, on one volume.
type fixture struct {
	t           *testing.T
	root        string
	volume      store.Store
	pushes      *gate.Pushes
	write, read *httptest.Server
	key         ed25519.PrivateKey
	now         time.Time
	// quota of pushes.
	bytes, repositories int64
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	logrus.SetOutput(io.Discard)
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &fixture{t: t, root: t.TempDir(), key: private, now: time.Now(), bytes: 1 << 30, repositories: 10}
	s.volume = store.Open(s.root)
	clock := func() time.Time { return s.now }
	s.pushes = &gate.Pushes{Store: s.volume, Now: clock, Next: s.upstream("\n  delete:\n    enabled: true")}
	s.write = httptest.NewServer(s.pushes)
	s.read = httptest.NewServer(gate.Nodes{
		Key: public, Store: s.volume, Now: clock, Next: s.upstream("\n  maintenance:\n    readonly:\n      enabled: true"),
	})
	t.Cleanup(func() { s.write.Close(); s.read.Close() })
	return s
}

func (s *fixture) upstream(storage string) http.Handler {
	s.t.Helper()
	config, err := configuration.Parse(strings.NewReader(fmt.Sprintf(
		"version: 0.1\nlog:\n  level: error\n  accesslog:\n    disabled: true\nstorage:\n  filesystem:\n    rootdirectory: %s%s\n", s.root, storage)))
	if err != nil {
		s.t.Fatal(err)
	}
	return handlers.NewApp(s.t.Context(), config)
}

// answered is a server's answer.
type answered struct {
	status int
	header http.Header
	text   string
}

func (s *fixture) do(method, at string, body []byte, header map[string]string) answered {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, at, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	return s.send(r)
}

func (s *fixture) send(r *http.Request) answered {
	s.t.Helper()
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answered{response.StatusCode, response.Header, string(text)}
}

func (s *fixture) quota() map[string]string {
	return map[string]string{gate.QuotaBytes: strconv.FormatInt(s.bytes, 10), gate.QuotaRepositories: strconv.FormatInt(s.repositories, 10)}
}

// begin an upload and return where it goes on.
func (s *fixture) begin(repository, query string) answered {
	s.t.Helper()
	return s.do(http.MethodPost, s.write.URL+"/v2/"+repository+"/blobs/uploads/"+query, nil, s.quota())
}

// blob uploads content, and returns what the last request was answered.
func (s *fixture) blob(repository string, content []byte) answered {
	s.t.Helper()
	began := s.begin(repository, "")
	if began.status != http.StatusAccepted {
		return began
	}
	return s.do(http.MethodPut, began.header.Get("Location")+"&digest="+url.QueryEscape(sum(content)), content, s.quota())
}

// image pushes an image of one layer.
func (s *fixture) image(repository, tag string, layer []byte) answered {
	s.t.Helper()
	config := []byte(`{"architecture":"amd64","os":"linux","comment":"` + repository + tag + `"}`)
	for _, content := range [][]byte{layer, config} {
		if a := s.blob(repository, content); a.status != http.StatusCreated {
			return a
		}
	}
	return s.manifest(repository, tag, config, layer)
}

const mediaType = "application/vnd.oci.image.manifest.v1+json"

func (s *fixture) manifest(repository, tag string, config, layer []byte) answered {
	s.t.Helper()
	header := s.quota()
	header["Content-Type"] = mediaType
	return s.do(http.MethodPut, s.write.URL+"/v2/"+repository+"/manifests/"+tag, document(s.t, config, layer), header)
}

func document(t *testing.T, config, layer []byte) []byte {
	t.Helper()
	part := func(kind string, content []byte) map[string]any {
		return map[string]any{"mediaType": "application/vnd.oci.image." + kind, "digest": sum(content), "size": len(content)}
	}
	text, err := json.Marshal(map[string]any{
		"schemaVersion": 2, "mediaType": mediaType, "config": part("config.v1+json", config), "layers": []any{part("layer.v1.tar", layer)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func sum(content []byte) string { return digest.FromBytes(content).String() }

// pull from the server for machines, with a token.
func (s *fixture) pull(path, token string) answered {
	s.t.Helper()
	header := map[string]string{"Accept": mediaType}
	if token != "" {
		header["Authorization"] = "Bearer " + token
	}
	return s.do(http.MethodGet, s.read.URL+"/v2/"+path, nil, header)
}

// token as Lotse mints them, with what is changed.
func (s *fixture) token(subscription string, change func(standard *jwt.Claims, own map[string]any)) string {
	s.t.Helper()
	standard := jwt.Claims{Issuer: "lotse", Audience: jwt.Audience{"registry"}, Subject: "vm0", Expiry: jwt.NewNumericDate(s.now.Add(time.Hour))}
	own := map[string]any{"subscription": subscription, "cluster": uid}
	if change != nil {
		change(&standard, own)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: s.key}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := jwt.Signed(signer).Claims(standard).Claims(own).Serialize()
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// age everything on the volume.
func (s *fixture) age(by time.Duration) {
	s.t.Helper()
	before := time.Now().Add(-by)
	err := filepath.WalkDir(s.root, func(file string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(file, before, before)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *fixture) collect() {
	s.t.Helper()
	if err := s.pushes.Collect(slog.New(slog.DiscardHandler)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *fixture) want(what string, a answered, status int, text string) {
	s.t.Helper()
	if a.status != status || !strings.Contains(a.text, text) {
		s.t.Fatalf("%s: %d %s; want %d and %q", what, a.status, a.text, status, text)
	}
}

// damage a blob on the volume.
func (s *fixture) damage(digest string) {
	s.t.Helper()
	hex := strings.TrimPrefix(digest, "sha256:")
	file := filepath.Join(s.root, "docker/registry/v2/blobs/sha256", hex[:2], hex, "data")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		s.t.Fatal(err)
	}
}
