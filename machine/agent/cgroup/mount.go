package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"lotse.dev/machine/agent/userns"
)

const root = "/sys/fs/cgroup"

const mountFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// Mount the cgroup tree of this process's namespace, for writing.
func Mount() error {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return fmt.Errorf("reading which cgroups there are: %w", err)
	}
	own, err := userns.Own()
	if err != nil {
		return err
	}
	if all := hierarchies(string(text)); own && hasControllers(all) {
		return reuseV1(all)
	}
	// The mount of the container runtime shows the inherited namespace, and cAdvisor and runc would find it in the mount table.
	for unix.Unmount(root, unix.MNT_DETACH) == nil {
		continue
	}
	if all := hierarchies(string(text)); hasControllers(all) {
		return mountV1(all)
	}
	return mountV2()
}

// reuseV1 makes what the container runtime mounted writable: in a user namespace the kernel mounts no hierarchy of v1 anew. The runtime bound
// the Pod's own cgroup of each hierarchy, which is the root of this process's cgroup namespace.
func reuseV1(all []hierarchy) error {
	for _, h := range all {
		dir := filepath.Join(root, h.name)
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|mountFlags, ""); err != nil {
			return fmt.Errorf("making cgroup %s writable: %w", h.name, err)
		}
	}
	return nil
}

func mountV1(all []hierarchy) error {
	if err := unix.Mount("tmpfs", root, "tmpfs", mountFlags, "mode=755"); err != nil {
		return fmt.Errorf("mounting a tmpfs at %s: %w", root, err)
	}
	for _, h := range all {
		dir := filepath.Join(root, h.name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("creating the directory of cgroup %s: %w", h.name, err)
		}
		if err := unix.Mount("cgroup", dir, "cgroup", mountFlags, h.options); err != nil {
			return fmt.Errorf("mounting cgroup %s: %w", h.name, err)
		}
		for _, alias := range h.aliases {
			if err := os.Symlink(h.name, filepath.Join(root, alias)); err != nil {
				return fmt.Errorf("linking cgroup controller %s: %w", alias, err)
			}
		}
	}
	return allowAllDevices()
}

// allowAllDevices makes privileged containers possible: they request all devices, which cgroup v1 refuses below a cgroup that lists single
// ones. What is denied above the machine's cgroup stays denied; "lotse up" denies there what a machine must not have.
func allowAllDevices() error {
	err := os.WriteFile(filepath.Join(root, "devices", "devices.allow"), []byte("a *:* rwm"), 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("allowing containers devices: %w", err)
	}
	return nil
}

// mountV2 follows the entry points of kind and of Docker in Docker: a cgroup that delegates controllers to its children may hold no
// processes itself, so its processes move into a child first.
func mountV2() error {
	if err := unix.Mount("cgroup2", root, "cgroup2", mountFlags, "nsdelegate"); err != nil {
		return fmt.Errorf("mounting cgroup2: %w", err)
	}
	inner := filepath.Join(root, "init")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		return fmt.Errorf("making the agent's own cgroup: %w", err)
	}
	processes, err := os.ReadFile(filepath.Join(root, "cgroup.procs"))
	if err != nil {
		return fmt.Errorf("reading the machine's processes: %w", err)
	}
	for _, pid := range strings.Fields(string(processes)) {
		// A process that has exited needs no move; one that cannot be moved makes the next step fail.
		_ = os.WriteFile(filepath.Join(inner, "cgroup.procs"), []byte(pid), 0)
	}
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading the cgroup controllers: %w", err)
	}
	if err := os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte(enable(string(controllers))), 0); err != nil {
		return fmt.Errorf("delegating the cgroup controllers to the pods: %w", err)
	}
	return nil
}

// enable writes controllers the way cgroup.subtree_control wants them.
func enable(controllers string) string {
	var all []string
	for _, c := range strings.Fields(controllers) {
		all = append(all, "+"+c)
	}
	return strings.Join(all, " ")
}
