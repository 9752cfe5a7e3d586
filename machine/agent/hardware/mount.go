package hardware

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// covered are the files and directories that a Tree replaces as a whole.
var covered = []string{memInfo, cpuInfo, bootID, productID, cpuTree, nodeTree}

// Mount lays the tree over the real files, read-only. dir is where the files are kept; it becomes a file system of its own.
func (t Tree) Mount(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making room for the machine's description: %w", err)
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=755,size=16m"); err != nil {
		return fmt.Errorf("making room for the machine's description: %w", err)
	}
	if err := t.write(dir); err != nil {
		return err
	}
	for _, target := range covered {
		if _, err := os.Stat(target); errors.Is(err, fs.ErrNotExist) {
			continue // a kernel without it: nobody can read it either
		}
		if err := unix.Mount(filepath.Join(dir, target), target, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("covering %s: %w", target, err)
		}
	}
	if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("sealing the machine's description: %w", err)
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
