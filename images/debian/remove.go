package debian

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Remove deletes a tree, also one whose making was interrupted while parts of this machine were mounted in it.
func Remove(root string) error {
	for _, mount := range []string{"proc", "sys", "dev/pts", "dev/shm"} {
		// Nearly always nothing is mounted there, and that is the error.
		_ = syscall.Unmount(filepath.Join(root, mount), syscall.MNT_DETACH|0x8 /* UMOUNT_NOFOLLOW */)
	}
	if err := os.RemoveAll(root); err != nil {
		return fmt.Errorf("deleting %s (look with `mount` whether something is mounted there): %w", root, err)
	}
	return nil
}
