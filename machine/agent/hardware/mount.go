package hardware

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// replaced are the files and directories that a Tree replaces completely.
var replaced = slices.Concat([]string{memInfo, cpuInfo, bootID, productID, cpuTree, nodeTree}, slices.Sorted(maps.Keys(kernelSettings)))

// Mount the tree over the real files, read-only. dir holds the files; it becomes a file system of its own.
func (t Tree) Mount(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("creating the directory of the machine's description: %w", err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=755,size=16m"); err != nil {
		return fmt.Errorf("creating the directory of the machine's description: %w", err)
	}
	if err := t.write(dir); err != nil {
		return err
	}
	for _, target := range replaced {
		if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
			continue // this kernel lacks it
		}
		if err := unix.Mount(filepath.Join(dir, target), target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mounting over %s: %w", target, err)
		}
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("making the machine's description read-only: %w", err)
	}
	return nil
}

func (t Tree) write(dir string) error {
	for name, content := range t {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("describing the machine: %w", err)
		}
		if err := os.WriteFile(file, []byte(content), 0o444); err != nil {
			return fmt.Errorf("describing the machine: %w", err)
		}
	}
	return nil
}
