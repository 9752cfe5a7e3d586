package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const root = "/sys/fs/cgroup"

const safe = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// Mount the tree of the namespace this process is in.
func Mount() error {
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return fmt.Errorf("reading which cgroups there are: %w", err)
	}
	// What the container runtime mounted shows the inherited namespace, and cAdvisor and runc would still find it in the mount table.
	for unix.Unmount(root, unix.MNT_DETACH) == nil {
		continue
	}
	if all := hierarchies(string(text)); hasControllers(all) {
		return mountV1(all)
	}
	return mountV2()
}

func mountV1(all []hierarchy) error {
	if err := unix.Mount("tmpfs", root, "tmpfs", safe, "mode=755"); err != nil {
		return fmt.Errorf("making room at %s: %w", root, err)
	}
	for _, h := range all {
		dir := filepath.Join(root, h.name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making room for cgroup %s: %w", h.name, err)
		}
		if err := unix.Mount("cgroup", dir, "cgroup", safe, h.options); err != nil {
			return fmt.Errorf("mounting cgroup %s: %w", h.name, err)
		}
		for _, alias := range h.aliases {
			if err := os.Symlink(h.name, filepath.Join(root, alias)); err != nil {
				return fmt.Errorf("naming cgroup controller %s: %w", alias, err)
			}
		}
	}
	return anyDevice()
}

// anyDevice lets privileged containers be made: they ask for all devices, which version 1 refuses below a list of single ones. What is denied
// above the machine's cgroup stays denied; "lotse up" denies there what a machine must not have.
func anyDevice() error {
	err := os.WriteFile(filepath.Join(root, "devices", "devices.allow"), []byte("a *:* rwm"), 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("allowing containers devices: %w", err)
	}
	return nil
}

// mountV2 follows the entry points of kind and of Docker in Docker: a cgroup that hands controllers to its children may hold no
// processes itself, so those that are here move into a child first.
func mountV2() error {
	if err := unix.Mount("cgroup2", root, "cgroup2", safe, "nsdelegate"); err != nil {
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
		// One that has ended meanwhile needs no move; one that stays makes the next step fail and say so.
		_ = os.WriteFile(filepath.Join(inner, "cgroup.procs"), []byte(pid), 0)
	}
	controllers, err := os.ReadFile(filepath.Join(root, "cgroup.controllers"))
	if err != nil {
		return fmt.Errorf("reading the cgroup controllers: %w", err)
	}
	if err := os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte(enable(string(controllers))), 0); err != nil {
		return fmt.Errorf("handing the cgroup controllers to the pods: %w", err)
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
