package settings

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"lotse.dev/machine/boot"
)

// Paths of the components' files.
const (
	ContainerdConfig = "/etc/containerd/config.toml"
	RegistryHosts    = "/etc/containerd/certs.d"
	KubeletConfig    = "/etc/kubernetes/kubelet.yaml"
	ProxyConfig      = "/etc/kubernetes/kube-proxy.yaml"
	ProxyKubeconfig  = "/etc/kubernetes/kube-proxy.kubeconfig"
	ClusterCA        = "/etc/kubernetes/ca.crt"
	FlannelConfig    = "/etc/kube-flannel/net-conf.json"

	// BootstrapKubeconfig holds the token, so it is in a tmpfs.
	BootstrapKubeconfig = "/run/lotse/bootstrap.kubeconfig"

	ContainerdSocket = "/run/containerd/containerd.sock"
	// ProxyPrograms is kube-proxy's PATH.
	ProxyPrograms = "/run/lotse/kube-proxy"
	// ProxyHealth is where kube-proxy answers its probe.
	ProxyHealth = "127.0.0.1:10256"

	// KubeletDir is on the machine's disk. The kubelet keeps its certificate there, so a machine that restarts needs no token.
	KubeletDir        = "/var/lib/kubelet"
	KubeletKubeconfig = KubeletDir + "/kubeconfig"
	KubeletPKI        = KubeletDir + "/pki"
	ClientCertificate = KubeletPKI + "/kubelet-client-current.pem"
	// PreviousCertificate is the kubelet's client certificate while it gets another one: it asks for that as the node that it is.
	PreviousCertificate = KubeletPKI + "/lotse-previous-client.pem"
)

// File of a configuration.
type File struct {
	Path    string
	Mode    fs.FileMode
	Content string
}

// Facts about the Pod that the machine is.
type Facts struct {
	// UserNamespace: the machine has a user namespace of its own.
	UserNamespace bool
	// SysResource: the machine has the host's CAP_SYS_RESOURCE and may protect processes from the kernel's out-of-memory killer. In a user
	// namespace it has not.
	SysResource bool
	// PullToken for Lotse's registry; empty for none.
	PullToken string
	// Trust are the cluster's authorities, if they have changed since the boot file was written; else empty.
	Trust string
}

func (f Facts) trust(m boot.Machine) string {
	if f.Trust != "" {
		return f.Trust
	}
	return m.ClusterCA
}

// Files of a machine.
func Files(m boot.Machine, facts Facts) ([]File, error) {
	kubelet, err := kubelet(m, facts)
	if err != nil {
		return nil, err
	}
	proxy, err := proxy(m)
	if err != nil {
		return nil, err
	}
	bootstrap, err := TokenKubeconfig(m)
	if err != nil {
		return nil, err
	}
	byCertificate, err := CertificateKubeconfig(m)
	if err != nil {
		return nil, err
	}
	files := []File{
		{ClusterCA, 0o644, facts.trust(m)},
		{ContainerdConfig, 0o644, containerd(m, facts)},
		{KubeletConfig, 0o644, kubelet},
		{ProxyConfig, 0o644, proxy},
		{BootstrapKubeconfig, 0o600, bootstrap},
		{ProxyKubeconfig, 0o600, byCertificate},
	}
	if m.ManagedNetwork {
		files = append(files, File{FlannelConfig, 0o644, flannel(m)})
	}
	return append(files, Registry(m.Registry, facts.PullToken)...), nil
}

// Write a file atomically, so that a program that reads it sees the old content or the new one. The temporary file stands beside it and
// not in /tmp, because it may hold a secret. The file gets Mode, also where one with another mode exists.
func (f File) Write() error {
	if err := f.write(); err != nil {
		return fmt.Errorf("writing %s: %w", f.Path, err)
	}
	return nil
}

func (f File) write() error {
	dir := filepath.Dir(f.Path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file, err := renameio.NewPendingFile(f.Path, renameio.WithTempDir(dir), renameio.WithStaticPermissions(f.Mode))
	if err != nil {
		return err
	}
	defer func() { _ = file.Cleanup() }()
	if _, err := file.WriteString(f.Content); err != nil {
		return err
	}
	return file.CloseAtomicallyReplace()
}
