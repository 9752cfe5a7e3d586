package controlplane_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"lotse.dev/api/v1alpha1"
)

// second is an API server with its end of the tunnel, beside a first one that still serves at the cluster's address.
type second struct {
	*running
	api, tunnel, start int
	replacer           *strings.Replacer
}

// takesOver replaces API server and Konnectivity server as the management cluster does: the new ones start, then the old ones are told to end.
func (r *running) takesOver(t *testing.T) {
	s := r.second(t)
	began := time.Now()
	s.launchAs(v1alpha1.ComponentKonnectivity)
	r.await("the first agent has reached the second Konnectivity server, before its API server runs", func(context.Context) bool {
		return s.started()
	})
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("it took %s: the start was let go without an agent", took)
	}

	s.launchAs(v1alpha1.ComponentAPIServer)
	c := s.client(t)
	r.await("the second API server is ready", func(ctx context.Context) bool {
		return c.CoreV1().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil
	})
	if err := askNode(t.Context(), c); err != nil {
		t.Errorf("it does not reach a node from the beginning: %v", err)
	}

	old := r.client(v1alpha1.SecretServiceKubeconfig)
	r.tell(t, v1alpha1.ComponentKonnectivity)
	for range 10 {
		time.Sleep(100 * time.Millisecond)
		if err := askNode(t.Context(), old); err != nil {
			t.Fatalf("the Konnectivity server has ended before its API server: %v", err)
		}
	}
	r.tell(t, v1alpha1.ComponentAPIServer)
	r.await("the first Konnectivity server ends after its API server", func(context.Context) bool { return !r.listens(v1alpha1.ComponentKonnectivity, "--agent-port=") })
	if r.listens(v1alpha1.ComponentAPIServer, "--secure-port=") {
		t.Error("it has ended before its API server")
	}
	if err := askNode(t.Context(), c); err != nil {
		t.Errorf("the second API server does not reach a node after the first one has ended: %v", err)
	}
}

// second has ports, a socket and a log of its own. All else it shares with the first, as Pods of a Deployment do.
func (r *running) second(t *testing.T) *second {
	t.Helper()
	ports := freePorts(t, 5)
	s := &second{running: r, api: ports[0], tunnel: ports[1], start: ports[2]}
	egress, socket := filepath.Join(r.dir, "second-egress.yaml"), filepath.Join(r.dir, "second.sock")
	first := filepath.Join(r.dir, v1alpha1.ComponentAPIServer, "egress.yaml")
	content, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(egress, []byte(strings.ReplaceAll(string(content), filepath.Join(r.dir, "server.sock"), socket)), 0o600); err != nil {
		t.Fatal(err)
	}
	change := []string{first, egress, filepath.Join(r.dir, "server.sock"), socket, filepath.Join(r.dir, "audit"), filepath.Join(r.dir, "second-audit")}
	for flag, port := range map[string]int{"--agent-port=": s.tunnel, "--health-port=": ports[3], "--admin-port=": ports[4], "--start-port=": s.start} {
		change = append(change, flag+r.value(v1alpha1.ComponentKonnectivity, flag), fmt.Sprint(flag, port))
	}
	change = append(change,
		"--secure-port="+fmt.Sprint(r.api), "--secure-port="+fmt.Sprint(s.api),
		"--api-server=127.0.0.1:"+fmt.Sprint(r.api), "--api-server=127.0.0.1:"+fmt.Sprint(s.api),
		"--announced-address=127.0.0.1:"+r.value(v1alpha1.ComponentKonnectivity, "--agent-port="), "--announced-address=127.0.0.1:"+fmt.Sprint(s.tunnel))
	s.replacer = strings.NewReplacer(change...)
	return s
}

func (s *second) launchAs(component string) {
	var args []string
	for _, a := range s.commands[component].Args {
		args = append(args, s.replacer.Replace(a))
	}
	s.launch("second-"+component, args, nil)
}

func (s *second) started() bool {
	response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/", s.start))
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

func (s *second) client(t *testing.T) kubernetes.Interface {
	t.Helper()
	config, err := clientcmd.RESTConfigFromKubeConfig(s.contents[v1alpha1.SecretServiceKubeconfig][v1alpha1.KeyKubeconfig])
	if err != nil {
		t.Fatal(err)
	}
	config.Host = fmt.Sprintf("https://127.0.0.1:%d", s.api)
	c, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// askNode through the tunnel.
func askNode(ctx context.Context, c kubernetes.Interface) error {
	return c.CoreV1().RESTClient().Get().AbsPath("/api/v1/nodes/node/proxy/hello").Do(ctx).Error()
}

// value of a flag of a program that runs.
func (r *running) value(component, flag string) string {
	for _, a := range r.commands[component].Args {
		if value, found := strings.CutPrefix(a, flag); found {
			return value
		}
	}
	r.t.Fatalf("%s runs without %s", component, flag)
	return ""
}

// tell a program to end.
func (r *running) tell(t *testing.T, component string) {
	t.Helper()
	if err := syscall.Kill(r.pid(component), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

func (r *running) listens(component, flag string) bool {
	connection, err := net.Dial("tcp", "127.0.0.1:"+r.value(component, flag))
	if err != nil {
		return false
	}
	connection.Close()
	return true
}
