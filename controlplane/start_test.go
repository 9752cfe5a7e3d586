package controlplane_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/controlplane"
	"lotse.dev/controlplane/credentials"
	"lotse.dev/pki"
)

// running is a control plane whose rendered command lines run as processes of this machine: the same flags, files and programs as in Pods,
// but for directories and ports.
type running struct {
	t        *testing.T
	dir      string
	api      int
	contents credentials.Contents
	roots    pki.Roots
	// authorities are the content of the pki Secret, and cluster is what credentials are issued for.
	authorities map[string][]byte
	cluster     credentials.Cluster
	spec        controlplane.Spec
	replacer    *strings.Replacer
	// kubeconfigs and other files name ports and directories too.
	kubeconfigs *strings.Replacer
	// commands of the programs that run, by their containers' names.
	commands map[string]*exec.Cmd
	// issuer serves the cluster's public keys to verifiers, as the front door does.
	issuer *httptest.Server
}

// start runs all components at the same time, as the management cluster does.
func start(t *testing.T) *running {
	t.Helper()
	ports := freePorts(t, 12)
	endpoint := v1alpha1.Endpoint{Host: "localhost", Port: int32(ports[0]), InternalHost: "127.0.0.1", InternalPort: int32(ports[0]), TunnelPort: 8132}
	network := v1alpha1.NetworkSpec{Plugin: "azure", PodCIDR: "10.244.0.0/16", ServiceCIDR: "10.0.0.0/16", DNSServiceIP: "10.0.0.10"}
	place := controlplane.Ref{Cluster: "shop-abc", Subscription: "s"}
	r := &running{t: t, dir: t.TempDir(), api: ports[0], commands: map[string]*exec.Cmd{}}
	r.cluster = credentials.Cluster{Ref: place, Name: "shop", Network: network, Endpoint: endpoint, EtcdAddress: "127.0.0.1"}
	r.issue(func(map[string][]byte) (map[string][]byte, error) { return pki.Complete(nil, time.Now()) })
	r.place(ports)
	r.writeFiles()
	r.issuer = r.serveIssuer(t)
	r.spec = controlplane.Spec{Ref: place, Network: network, Endpoint: endpoint, EtcdAddress: "127.0.0.1", OIDCIssuerURL: r.issuer.URL + "/oic/t/1/"}
	s := r.spec
	for _, pod := range []corev1.PodSpec{
		controlplane.EtcdStatefulSet(s).Spec.Template.Spec, controlplane.APIServerDeployment(s).Spec.Template.Spec,
		controlplane.ControllerManagerStatefulSet(s).Spec.Template.Spec,
	} {
		for _, c := range pod.Containers {
			r.run(c)
		}
	}
	return r
}

// issue what is due after a change of the authorities.
func (r *running) issue(change func(map[string][]byte) (map[string][]byte, error)) {
	r.t.Helper()
	var err error
	if r.authorities, err = change(r.authorities); err != nil {
		r.t.Fatal(err)
	}
	if r.roots, err = pki.Parse(r.authorities); err != nil {
		r.t.Fatal(err)
	}
	if r.contents, _, err = credentials.Secrets(r.cluster, r.roots, r.contents, time.Now()); err != nil {
		r.t.Fatal(err)
	}
}

// place says what is elsewhere than in a Pod.
func (r *running) place(ports []int) {
	bin := os.Getenv("KUBEBUILDER_ASSETS")
	if bin == "" {
		bin = filepath.Join("..", "out", "bin")
	}
	port := func(i int) string { return fmt.Sprint(ports[i]) }
	r.replacer = strings.NewReplacer(
		"/usr/local/bin", bin, "/etc/lotse", r.dir, "/var/lib/etcd", r.dir, "/run/konnectivity", r.dir, "/var/log/audit", r.dir+"/audit",
		"--advertise-address=127.0.0.1", "--advertise-address=192.0.2.1", // refused if it is the loopback
		"6443", port(0), "2379", port(1), "2380", port(2), "2381", port(3), "10257", port(4), "10259", port(5), "8132", port(6), "--health-port=8134", "--health-port="+port(7),
		"//0.0.0.0", "//127.0.0.1", "address=0.0.0.0", "address=127.0.0.1", "--admin-port=8133", "--admin-port="+port(8),
		"--admin-server-port=8133", "--admin-server-port="+port(9), "--health-server-port=8134", "--health-server-port="+port(10),
		"--start-port=8135", "--start-port="+port(11), "$(POD_IP)", "127.0.0.1",
		"/var/run/secrets", r.dir,
	)
	r.kubeconfigs = strings.NewReplacer("/run/konnectivity", r.dir, "127.0.0.1:6443", "127.0.0.1:"+port(0))
}

// writeFiles puts the Secrets where their volumes would be.
func (r *running) writeFiles() {
	for secret, data := range r.contents {
		for key, content := range data {
			path := filepath.Join(r.dir, secret, key)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				r.t.Fatal(err)
			}
			text := r.kubeconfigs.Replace(string(content))
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				r.t.Fatal(err)
			}
		}
	}
}

// run starts a container's command and restarts it when it ends, as the kubelet would.
func (r *running) run(c corev1.Container) {
	args := make([]string, 0, len(c.Command))
	for _, a := range c.Command {
		args = append(args, r.replacer.Replace(a))
	}
	if _, err := os.Stat(args[0]); err != nil {
		r.t.Fatalf("no %s: run make images, or set KUBEBUILDER_ASSETS: %v", args[0], err)
	}
	r.launch(c.Name, args, c.Env)
}

func (r *running) launch(name string, args []string, env []corev1.EnvVar) {
	log, err := os.Create(filepath.Join(r.dir, name+".log"))
	if err != nil {
		r.t.Fatal(err)
	}
	command := exec.Command(args[0], args[1:]...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	for _, e := range env {
		command.Env = append(command.Env, e.Name+"="+e.Value)
	}
	if err := command.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.commands[name] = command
	r.t.Cleanup(func() { r.end(name, command) })
}

func (r *running) pid(name string) int { return r.commands[name].Process.Pid }

func (r *running) end(name string, command *exec.Cmd) {
	_ = command.Process.Kill()
	_ = command.Wait()
	if !r.t.Failed() {
		return
	}
	content, _ := os.ReadFile(filepath.Join(r.dir, name+".log"))
	r.t.Logf("the last of %s's log:\n%s", name, content[max(0, len(content)-3000):])
}

// freePorts are below the range of outgoing connections: Konnectivity takes no others.
func freePorts(t *testing.T, n int) []int {
	t.Helper()
	var ports []int
	for candidate := 20000 + os.Getpid()%10000; len(ports) < n; candidate++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", candidate)); err == nil {
			l.Close()
			ports = append(ports, candidate)
		}
	}
	return ports
}
