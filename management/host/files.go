package host

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lotse.dev/file"
)

// File is one file of the host.
type File struct {
	Path    string
	Mode    fs.FileMode
	Content []byte
}

// Files are the configuration files, without the static Pods and the process list.
func Files(s Spec) ([]File, error) {
	kubelet, err := kubeletConfig(s)
	if err != nil {
		return nil, err
	}
	proxy, err := proxyConfig(s)
	if err != nil {
		return nil, err
	}
	network, err := network()
	if err != nil {
		return nil, err
	}
	profile, err := seccompProfile()
	if err != nil {
		return nil, err
	}
	return []File{
		{s.Data.machineSpec(), 0o644, s.MachineSpec},
		{s.Data.in("kubelet", "seccomp", SeccompProfile), 0o644, profile},
		{s.Data.in("containerd.toml"), 0o644, containerdConfig(s)},
		{s.Data.in("kubelet.yaml"), 0o644, kubelet},
		{s.Data.in("kube-proxy.yaml"), 0o644, proxy},
		{s.Data.in("resolv.conf"), 0o644, []byte(podResolver(s.Resolver))},
		{s.Data.in("cni", "10-lotse.conflist"), 0o644, network},
	}, nil
}

// put writes the files whose content or mode differs.
func put(files []File) error {
	for _, f := range files {
		if err := f.put(); err != nil {
			return err
		}
	}
	return nil
}

func (f File) put() error {
	if f.written() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
		return fmt.Errorf("directory of %s: %w", f.Path, err)
	}
	return file.Replace(f.Path, f.Content, f.Mode)
}

func (f File) written() bool {
	content, err := os.ReadFile(f.Path)
	if err != nil || !bytes.Equal(content, f.Content) {
		return false
	}
	info, err := os.Stat(f.Path)
	return err == nil && info.Mode().Perm() == f.Mode
}
