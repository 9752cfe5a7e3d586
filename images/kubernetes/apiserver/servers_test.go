package apiserver_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"

	"lotse.dev/images/kubernetes/apiserver"
	"lotse.dev/images/kubernetes/openapi"
)

// The two API servers are this test's own program, called again with the name of one in this variable.
const called = "APISERVER_TEST_SERVER"

var servers = map[string]func() *cobra.Command{"upstream": app.NewAPIServerCommand, "lotse": apiserver.NewCommand}

// idle is how long documents are kept here.
const idle = 2 * time.Second

func TestMain(m *testing.M) {
	if server := servers[os.Getenv(called)]; server != nil {
		openapi.Idle = idle
		os.Exit(cli.Run(server()))
	}
	os.Exit(m.Run())
}

type environment struct {
	upstream, lotse server
	again           func(*testing.T) server // starts lotse's once more, on the same store
}

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
	e := environment{serve(t, dir, store, "upstream"), serve(t, dir, store, "lotse"), func(t *testing.T) server { return serve(t, dir, store, "lotse") }}
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

func (s server) conditional(t *testing.T, path, etag string) int {
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
