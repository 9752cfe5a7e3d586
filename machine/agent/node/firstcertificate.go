package node

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"lotse.dev/machine/agent/credential"
	"lotse.dev/machine/agent/settings"
)

// firstCertificate is the kubelet's client certificate that came with the machine, and where the kubelet keeps its own.
type firstCertificate struct{ from, dir string }

// adopt the certificate if the kubelet has none that is valid. It is laid down as the kubelet lays down its own: a file, and a link to the one in
// use. A file in place of the link would end every renewal.
func (f firstCertificate) adopt(kubelet credential.Chooser) error {
	came := kubelet
	came.CertificateFile = f.from
	if kubelet.Usable() || !came.Usable() {
		return nil
	}
	content, err := os.ReadFile(f.from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the service has just removed it
	}
	if err != nil {
		return fmt.Errorf("reading the certificate that came with the machine: %w", err)
	}
	file := settings.File{Path: filepath.Join(f.dir, "kubelet-client-first.pem"), Mode: 0o600, Content: string(content)}
	if err := file.Write(); err != nil {
		return err
	}
	if err := renameio.Symlink(file.Path, kubelet.CertificateFile); err != nil {
		return fmt.Errorf("linking the certificate that came with the machine: %w", err)
	}
	return nil
}
