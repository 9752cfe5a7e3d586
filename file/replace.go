// Package file replaces files in one step: a reader, and the next start after a power failure, sees the old content or the new one. It is for
// files that one process at a time writes, such as those below the data directory, whose lock that process holds.
package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// Replace gives the file at path this content, and this mode also where it exists with another one, which renameio.WriteFile would keep.
func Replace(path string, content []byte, mode fs.FileMode) error {
	return ReplaceBy(path, mode, func(unfinished *os.File) error {
		_, err := unfinished.Write(content)
		return err
	})
}

// ReplaceBy is Replace with the content that fill writes. The unfinished file stands beside path, because it may hold a secret, and its name
// begins with a dot: the kubelet and containerd ignore such files in the directories that they watch. Those that processes left there when
// they were killed are removed first.
func ReplaceBy(path string, mode fs.FileMode, fill func(unfinished *os.File) error) error {
	if err := removeUnfinished(path); err != nil {
		return fmt.Errorf("unfinished files beside %s: %w", path, err)
	}
	pending, err := renameio.NewPendingFile(path, renameio.WithTempDir(filepath.Dir(path)), renameio.WithStaticPermissions(mode))
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() { _ = pending.Cleanup() }() // does nothing after the replacement
	if err := fill(pending.File); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := pending.CloseAtomicallyReplace(); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// removeUnfinished removes what renameio calls .{name}{random number}.
func removeUnfinished(path string) error {
	dir, prefix := filepath.Dir(path), "."+filepath.Base(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		number, found := strings.CutPrefix(e.Name(), prefix)
		if !found || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
