package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	"k8s.io/kube-openapi/pkg/handler3"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"

	"lotse.dev/images/kubernetes-1.37/apiserver"
	"lotse.dev/images/kubernetes-1.37/openapi"
)

// The two API servers are this test's own program, called again with the name of one in this variable.
const called = "OPENAPI_TEST_SERVER"

var servers = map[string]func() *cobra.Command{"upstream": app.NewAPIServerCommand, "lotse": apiserver.NewCommand}

func TestMain(m *testing.M) {
	if server := servers[os.Getenv(called)]; server != nil {
		openapi.Idle = 2 * time.Second
		os.Exit(cli.Run(server()))
	}
	os.Exit(m.Run())
}

// TestTheDocumentsAreThoseOfAnUnmodifiedServer compares every document before, while and after they are kept, with a custom resource among them.
func TestTheDocumentsAreThoseOfAnUnmodifiedServer(t *testing.T) {
	e := start(t)
	for _, s := range []server{e.upstream, e.lotse} {
		s.post(t, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
	}
	for _, round := range []string{"built", "kept", "built again"} {
		for _, accept := range []string{"application/json", "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"} {
			t.Run(round+" /openapi/v2 as "+accept, func(t *testing.T) { e.compareV2(t, accept) })
		}
		t.Run(round+" /openapi/v3", e.compareV3)
		if round == "kept" {
			time.Sleep(3 * time.Second) // until the documents are given up
		}
	}
	t.Run("a client's copy stays good when the documents are given up", func(t *testing.T) {
		_, header := e.lotse.get(t, "/openapi/v2", "application/json")
		time.Sleep(3 * time.Second)
		if code := e.lotse.unmodified(t, "/openapi/v2", header.Get("Etag")); code != http.StatusNotModified {
			t.Errorf("asking with the ETag is answered with %d", code)
		}
	})
	t.Run("an old hash leads to the document", func(t *testing.T) {
		body, header := e.lotse.get(t, "/openapi/v3/api/v1?hash=old", "application/json")
		if len(body) == 0 || header.Get("Cache-Control") != "public, immutable" {
			t.Errorf("%d bytes, header %v", len(body), header)
		}
	})
}

const definition = `{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.example.org"},
"spec":{"group":"example.org","scope":"Namespaced","names":{"plural":"things","singular":"thing","kind":"Thing","listKind":"ThingList"},
"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","description":"A thing.",
"properties":{"spec":{"type":"object","properties":{"size":{"type":"integer","description":"How large."}}}}}}}]}}`

type environment struct{ upstream, lotse server }

func start(t *testing.T) environment {
	dir := t.TempDir()
	etcd := filepath.Join(os.Getenv("KUBEBUILDER_ASSETS"), "etcd")
	if _, err := os.Stat(etcd); err != nil {
		t.Skip("no etcd; run make unit")
	}
	store := fmt.Sprintf("http://127.0.0.1:%d", freePort(t))
	run(t, dir, "etcd", exec.Command(etcd, "--data-dir="+dir+"/etcd", "--listen-peer-urls=http://127.0.0.1:0", "--unsafe-no-fsync",
		"--listen-client-urls="+store, "--advertise-client-urls="+store))
	write(t, dir+"/tokens.csv", "secret,admin,admin,system:masters\n")
	key(t, dir+"/sa.key")
	e := environment{serve(t, dir, store, "upstream"), serve(t, dir, store, "lotse")}
	e.upstream.ready(t)
	e.lotse.ready(t)
	return e
}

// server is an API server that listens on a port of its own.
type server struct{ name, url string }

func serve(t *testing.T, dir, store, name string) server {
	port := freePort(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "--etcd-servers="+store, "--etcd-prefix=/"+name, "--cert-dir="+dir+"/"+name,
		fmt.Sprintf("--secure-port=%d", port), "--bind-address=127.0.0.1", "--token-auth-file="+dir+"/tokens.csv", "--authorization-mode=RBAC",
		"--service-account-issuer=https://example.org", "--service-account-key-file="+dir+"/sa.key", "--service-account-signing-key-file="+dir+"/sa.key",
		"--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.0.0.0/24")
	cmd.Env = append(os.Environ(), called+"="+name)
	run(t, dir, name, cmd)
	return server{name, fmt.Sprintf("https://127.0.0.1:%d", port)}
}

// run runs a program until the test ends, and shows the end of its log if the test has failed.
func run(t *testing.T, dir, name string, cmd *exec.Cmd) {
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		log.Close()
		if said, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("%s:\n%s", name, said[max(0, len(said)-2000):])
		}
	})
}

func (s server) ready(t *testing.T) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if response, err := s.do("GET", "/readyz", "", http.Header{}); err == nil && response.StatusCode == http.StatusOK {
			return
		}
	}
	t.Fatalf("%s is not ready", s.name)
}

func (e environment) compareV2(t *testing.T, accept string) {
	var want, got []byte
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		want, _ = e.upstream.get(t, "/openapi/v2", accept)
		got, _ = e.lotse.get(t, "/openapi/v2", accept)
		if bytes.Contains(want, []byte("How large.")) && bytes.Contains(got, []byte("How large.")) {
			break // the custom resource is published
		}
	}
	if len(want) < 1<<20 || !bytes.Equal(want, got) {
		t.Errorf("upstream's has %d bytes, ours %d, and they differ", len(want), len(got))
	}
}

func (e environment) compareV3(t *testing.T) {
	want, got := e.upstream.index(t), e.lotse.index(t)
	names := slices.Sorted(maps.Keys(want))
	if !slices.Equal(names, slices.Sorted(maps.Keys(got))) {
		t.Fatalf("upstream has documents of %v, we of %v", names, slices.Sorted(maps.Keys(got)))
	}
	if !slices.Contains(names, "apis/example.org/v1") || len(names) < 30 {
		t.Errorf("only documents of %v are compared", names)
	}
	for _, name := range names {
		theirs, their := e.upstream.get(t, want[name].ServerRelativeURL, "application/json")
		ours, our := e.lotse.get(t, got[name].ServerRelativeURL, "application/json")
		if !bytes.Equal(theirs, ours) {
			t.Errorf("%s: upstream's document has %d bytes, ours %d, and they differ", name, len(theirs), len(ours))
		}
		for _, header := range []string{"Content-Type", "Etag", "Cache-Control", "Vary"} {
			if their.Get(header) != our.Get(header) {
				t.Errorf("%s: %s: upstream's is %q, ours %q", name, header, their.Get(header), our.Get(header))
			}
		}
	}
}

func (s server) index(t *testing.T) map[string]handler3.OpenAPIV3DiscoveryGroupVersion {
	var index handler3.OpenAPIV3Discovery
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		body, _ := s.get(t, "/openapi/v3", "application/json")
		if err := json.Unmarshal(body, &index); err != nil {
			t.Fatal(err)
		}
		if _, published := index.Paths["apis/example.org/v1"]; published {
			break
		}
	}
	return index.Paths
}

func (s server) get(t *testing.T, path, accept string) ([]byte, http.Header) {
	response, err := s.do("GET", path, "", http.Header{"Accept": {accept}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %v", s.name, path, response.Status, err)
	}
	return body, response.Header
}

func (s server) unmodified(t *testing.T, path, etag string) int {
	response, err := s.do("GET", path, "", http.Header{"Accept": {"application/json"}, "If-None-Match": {etag}})
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	return response.StatusCode
}

func (s server) post(t *testing.T, path, body string) {
	response, err := s.do("POST", path, body, http.Header{"Content-Type": {"application/json"}})
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusCreated {
		t.Fatalf("%s %s: %s", s.name, response.Status, answer)
	}
}

func (s server) do(method, path, body string, header http.Header) (*http.Response, error) {
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	header.Set("Authorization", "Bearer secret")
	r.Header = header
	return client.Do(r)
}
