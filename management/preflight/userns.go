package preflight

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// UserNamespaces returns why machines cannot have user namespaces of their own on this host, or nil: the kernel has none, or it does not map
// users on the file system of dir, where disks and images lie, or on tmpfs, where Secrets do (Linux 6.3). It tries each, and leaves nothing behind.
func UserNamespaces(dir string) error {
	// A process holds the namespace until its input ends.
	holder := exec.Command("cat")
	holder.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: 1 << 16, Size: 1 << 16}},
		GidMappings: []syscall.SysProcIDMap{{HostID: 1 << 16, Size: 1 << 16}},
	}
	input, err := holder.StdinPipe()
	if err != nil {
		return err
	}
	if err := holder.Start(); err != nil {
		return fmt.Errorf("the kernel makes no user namespaces: %w", err)
	}
	defer func() {
		_ = input.Close()
		_ = holder.Wait()
	}()
	namespace, err := os.Open(fmt.Sprintf("/proc/%d/ns/user", holder.Process.Pid))
	if err != nil {
		return err
	}
	defer namespace.Close()
	if err := mapUsers(namespace, func() (int, error) { return cloneMount(dir) }); err != nil {
		return fmt.Errorf("the kernel does not map users on the file system of %s: %w", dir, err)
	}
	if err := mapUsers(namespace, newTmpfs); err != nil {
		return fmt.Errorf("the kernel does not map users on tmpfs (Linux 6.3 and later do): %w", err)
	}
	return nil
}

// mapUsers tries an ID-mapped mount, which is attached nowhere and ends with its descriptor.
func mapUsers(namespace *os.File, mount func() (int, error)) error {
	fd, err := mount()
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(namespace.Fd())})
}

// cloneMount takes dir, or the nearest directory above it that exists.
func cloneMount(dir string) (int, error) {
	for {
		fd, err := unix.OpenTree(unix.AT_FDCWD, dir, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
		if err != unix.ENOENT || dir == "/" {
			return fd, err
		}
		dir = filepath.Dir(dir)
	}
}

func newTmpfs() (int, error) {
	fs, err := unix.Fsopen("tmpfs", unix.FSOPEN_CLOEXEC)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fs)
	if err := unix.FsconfigCreate(fs); err != nil {
		return 0, err
	}
	return unix.Fsmount(fs, unix.FSMOUNT_CLOEXEC, 0)
}
