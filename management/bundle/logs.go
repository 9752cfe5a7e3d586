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
)

// maxLogs bounds the logs of a bundle, before they are packed.
const maxLogs = 100 << 20

// Logs of the programs of this machine and of Lotse's and the control planes' containers, from where they are written: so they can also be
// had when nothing runs. directory is the installation's log directory, with the containers' below pods.
func Logs(directory string) Part {
	return Part{"logs", func(ctx context.Context, add Add) error {
		room := maxLogs
		var failed []error
		err := filepath.WalkDir(directory, func(file string, d fs.DirEntry, err error) error {
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err != nil:
				failed = append(failed, err) // rotated away, most likely
				return nil
			case d.IsDir() && customers(directory, file):
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
			if room -= len(content); room < 0 {
				return fmt.Errorf("logs of more than %d MiB are left out, from %s on", maxLogs>>20, name)
			}
			add(name, content)
			return nil
		})
		return errors.Join(append(failed, err)...)
	}}
}

// customers tells the directory of a Pod that is a machine: pods/{namespace}_{name}_{uid}, whose namespace ends in -nodes.
func customers(root, dir string) bool {
	namespace, _, pod := strings.Cut(filepath.Base(dir), "_")
	return pod && filepath.Dir(dir) == filepath.Join(root, "pods") && strings.HasPrefix(namespace, "mc-") && strings.HasSuffix(namespace, "-nodes")
}

// end of a file. Its size may be anything; maxLog bytes are read.
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
