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
	"time"

	"lotse.dev/file"
)

// programFiles are the programs that the host runs, in the artifacts' bin directory.
var programFiles = []string{
	"kubernetes", "containerd", "containerd-shim-runc-v2", "ctr", "runc", "lotse-node", "lotse", "kubectl",
	"cni/ptp", "cni/loopback", "cni/host-local", "cni/portmap", "cni/bridge",
}

// kubernetesNames are the names under which the one Kubernetes binary is called.
var kubernetesNames = []string{"kubelet", "kube-proxy"}

// copyPrograms copies the programs that differ and returns a fingerprint of all. A running program keeps its old file until it restarts.
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

// copyProgram compares size and modification time, as rsync does; the copy keeps the time. It returns both. The copy is synced before it
// gets its name: after a power failure a half-written program would have the right size and time, and would never be copied again.
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
	if err := replaceProgram(from, to, source.ModTime()); err != nil {
		return "", fmt.Errorf("copy %s: %w", filepath.Base(from), err)
	}
	return stamp, nil
}

func replaceProgram(from, to string, modified time.Time) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return file.ReplaceBy(to, 0o755, func(out *os.File) error {
		if _, err := io.Copy(out, in); err != nil {
			return err
		}
		return os.Chtimes(out.Name(), modified, modified)
	})
}
