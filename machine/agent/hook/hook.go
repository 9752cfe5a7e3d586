// Package hook gives a machine, before its first process runs, what only the host's root can give to a container with a user namespace.
package hook

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"

	"lotse.dev/machine/agent/cgroup"
	"lotse.dev/machine/agent/userns"
)

// CreateRuntime is the hook of that name in the OCI runtime specification. state is the container's, as the runtime writes it. A container
// without a user namespace gets nothing.
func CreateRuntime(state io.Reader) error {
	var container struct {
		PID int `json:"pid"`
	}
	if err := json.NewDecoder(state).Decode(&container); err != nil {
		return fmt.Errorf("reading the container's state: %w", err)
	}
	proc := filepath.Join("/proc", fmt.Sprint(container.PID))
	owner, err := userns.Root(proc)
	if err != nil || owner == (userns.Owner{}) {
		return err
	}
	if err := cgroup.Delegate(proc, owner); err != nil {
		return err
	}
	return writableSys(filepath.Join(proc, "ns", "net"))
}

// writableSys makes the /sys of a network namespace writable. The Pod's first container mounted it read-only, which counts for all of its mounts; and where
// it is read-only, the kernel lets no privileged Pod of the machine start, whose /sys is writable. Files that concern the host stay its
// root's to write.
func writableSys(network string) error {
	// The namespaces of this thread change, so it ends with this program.
	runtime.LockOSThread()
	file, err := os.Open(network)
	if err != nil {
		return fmt.Errorf("finding the machine's network namespace: %w", err)
	}
	defer file.Close()
	for _, step := range []func() error{
		func() error { return unix.Unshare(unix.CLONE_NEWNS) },
		func() error { return unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "") },
		func() error { return unix.Setns(int(file.Fd()), unix.CLONE_NEWNET) },
		func() error { return unix.Mount("sysfs", "/sys", "sysfs", 0, "") },
		func() error { return unix.Mount("", "/sys", "", unix.MS_REMOUNT, "") },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("making the machine's /sys writable: %w", err)
		}
	}
	return nil
}
