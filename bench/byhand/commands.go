package byhand

import (
	"fmt"
	"os"
	"path/filepath"
)

// Where things are in the sandbox.
const (
	nodeAddress      = "192.0.2.10"
	nodeName         = "byhand"
	apiServer        = "https://127.0.0.1:6443"
	containerdSocket = "/run/containerd/containerd.sock"
)

// Servers are the programs that are not Lotse's: Kubernetes as upstream has it.
var Servers = []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet"}

// command is a program and its flags.
type command struct {
	program  string
	needsAPI bool
	flags    []string
}

// commands are the programs in the order of their start, as one types them: only flags without which they do not run.
func commands(o Order) []command {
	in := func(name string) string { return filepath.Join(o.Dir, name) }
	return []command{
		{"containerd", false, []string{"--config", in("containerd.toml")}},
		{"etcd", false, []string{"--data-dir", in("etcd")}},
		{"kube-apiserver", false, []string{
			"--etcd-servers", "http://127.0.0.1:2379",
			"--authorization-mode", "Node,RBAC",
			"--client-ca-file", in("ca.crt"), "--tls-cert-file", in("apiserver.crt"), "--tls-private-key-file", in("apiserver.key"),
			"--service-account-issuer", apiServer,
			"--service-account-key-file", in("sa.pub"), "--service-account-signing-key-file", in("sa.key"),
		}},
		{"kube-controller-manager", true, []string{
			"--kubeconfig", in("admin.kubeconfig"), "--root-ca-file", in("ca.crt"), "--service-account-private-key-file", in("sa.key"),
		}},
		{"kube-scheduler", true, []string{"--kubeconfig", in("admin.kubeconfig")}},
		{"kubelet", true, []string{
			"--config", in("kubelet.yaml"), "--kubeconfig", in("kubelet.kubeconfig"), "--hostname-override", nodeName,
		}},
	}
}

// writeFiles makes certificates and configuration.
func writeFiles(o Order) error {
	if err := writeCertificates(o.Dir); err != nil {
		return err
	}
	for name, content := range map[string]string{
		"admin.kubeconfig":     kubeconfig(o.Dir, "admin"),
		"kubelet.kubeconfig":   kubeconfig(o.Dir, "kubelet"),
		"kubelet.yaml":         kubeletConfig(o.Dir),
		"containerd.toml":      containerdConfig(o),
		"cni/10-byhand.conf":   bridge,
		"cni/99-loopback.conf": `{"cniVersion": "1.0.0", "name": "lo", "type": "loopback"}`,
	} {
		file := filepath.Join(o.Dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}

const bridge = `{
  "cniVersion": "1.0.0", "name": "byhand", "type": "bridge", "bridge": "cni0", "isGateway": true,
  "ipam": {"type": "host-local", "subnet": "10.85.0.0/16", "routes": [{"dst": "0.0.0.0/0"}]}
}`

func kubeconfig(dir, user string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: byhand, cluster: {server: %q, certificate-authority: %q}}]
users: [{name: %[3]s, user: {client-certificate: %q, client-key: %q}}]
contexts: [{name: byhand, context: {cluster: byhand, user: %[3]s}}]
current-context: byhand
`, apiServer, filepath.Join(dir, "ca.crt"), user, filepath.Join(dir, user+".crt"), filepath.Join(dir, user+".key"))
}

func kubeletConfig(dir string) string {
	return fmt.Sprintf(`apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {x509: {clientCAFile: %q}}
containerRuntimeEndpoint: unix://%s
cgroupDriver: cgroupfs
cgroupRoot: /%s
failCgroupV1: false
podLogsDir: %q
evictionHard: {memory.available: 100Mi}
`, filepath.Join(dir, "ca.crt"), containerdSocket, cgroup, filepath.Join(dir, "pods"))
}

func containerdConfig(o Order) string {
	return fmt.Sprintf(`version = 3
root = %q
state = '/run/containerd'
[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = %q
[plugins.'io.containerd.cri.v1.runtime']
  restrict_oom_score_adj = true
[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = [%q]
  conf_dir = %q
[plugins.'io.containerd.internal.v1.opt']
  path = %q
`, filepath.Join(o.Dir, "containerd"), o.Pause, filepath.Join(o.Bin, "cni"), filepath.Join(o.Dir, "cni"), filepath.Join(o.Dir, "opt"))
}
