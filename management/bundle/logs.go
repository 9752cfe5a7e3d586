package bundle

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"lotse.dev/api/v1alpha1"
)

// maxLogs bounds the logs of a bundle, before they are packed.
const maxLogs = 100 << 20

// Logs of the programs of this host and of Lotse's and the control planes' containers, read from the files, which are there also when nothing
// runs. directory is the installation's log directory, with the containers' logs below pods.
func Logs(directory string) Part {
	return Part{"logs", func(ctx context.Context, add Add) error {
		left := maxLogs
		var failed []error
		err := filepath.WalkDir(directory, func(file string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				failed = append(failed, err) // most likely rotated meanwhile
				return nil
			case d.IsDir() && isMachines(directory, file):
				return filepath.SkipDir
			case d.IsDir() || !strings.Contains(d.Name(), ".log"):
				return nil
			}
			name, err := filepath.Rel(directory, file)
			if err != nil {
				return err
			}
			content, err := end(file)
			if err != nil {
				failed = append(failed, err)
				return nil
			}
			if left -= len(content); left < 0 {
				return fmt.Errorf("logs of more than %d MiB are left out, from %s on", maxLogs>>20, name)
			}
			add(name, content)
			return nil
		})
		return errors.Join(append(failed, err)...)
	}}
}

// isMachines reports whether a directory is that of a Pod that is a machine: pods/{namespace}_{name}_{uid}.
func isMachines(root, dir string) bool {
	namespace, _, pod := strings.Cut(filepath.Base(dir), "_")
	return pod && filepath.Dir(dir) == filepath.Join(root, "pods") && v1alpha1.IsNodesNamespace(namespace)
}

// end returns at most the last maxLog bytes of a file.
func end(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > maxLog {
		if _, err := f.Seek(-maxLog, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(f, maxLog))
}
