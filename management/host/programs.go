package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// programFiles are what the host runs, as they lie in the artifacts' bin directory.
var programFiles = []string{
	"kubernetes", "containerd", "containerd-shim-runc-v2", "ctr", "lotse-node", "lotse",
	"cni/ptp", "cni/loopback", "cni/host-local", "cni/portmap", "cni/bridge",
}

// kubernetesNames are the names the one Kubernetes binary is called by.
var kubernetesNames = []string{"kubelet", "kube-proxy", "kubectl"}

// copyPrograms copies the programs that differ and returns a fingerprint of all. A running program keeps its old file until it is
// started again.
func copyPrograms(from string, d Data) (fingerprint string, err error) {
	all := sha256.New()
	for _, name := range programFiles {
		stamp, err := copyProgram(filepath.Join(from, name), filepath.Join(d.Bin(), name))
		if err != nil {
			return "", err
		}
		_, _ = fmt.Fprintln(all, name, stamp) // never fails
	}
	for _, name := range kubernetesNames {
		err := os.Symlink("kubernetes", filepath.Join(d.Bin(), name))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return "", fmt.Errorf("name for kubernetes: %w", err)
		}
	}
	return hex.EncodeToString(all.Sum(nil))[:16], nil
}

// copyProgram compares size and time of change, as rsync does; the copy keeps the time. It returns both.
func copyProgram(from, to string) (stamp string, err error) {
	source, err := os.Stat(from)
	if err != nil {
		return "", fmt.Errorf("program %s is missing; run make images: %w", filepath.Base(from), err)
	}
	stamp = fmt.Sprint(source.Size(), source.ModTime().UnixNano())
	have, err := os.Stat(to)
	if err == nil && have.Size() == source.Size() && have.ModTime().Equal(source.ModTime()) {
		return stamp, nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", fmt.Errorf("directory for programs: %w", err)
	}
	temporary := to + ".new"
	if err := copyFile(from, temporary); err != nil {
		return "", fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	if err := os.Chtimes(temporary, source.ModTime(), source.ModTime()); err != nil {
		return "", fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	return stamp, os.Rename(temporary, to)
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
