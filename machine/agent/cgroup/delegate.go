package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lotse.dev/machine/agent/userns"
)

// delegated are the files that let a cgroup's owner move processes and enable controllers in it. The limits of the cgroup itself stay
// root's: the host sets them. All kernels lack some of the files, because each version of cgroups has its own.
var delegated = []string{".", "cgroup.procs", "tasks", "cgroup.threads", "cgroup.subtree_control"}

// Delegate gives the cgroups of a process to owner, so that a kubelet in its container can make cgroups below. The kernel and the container
// runtime do so for no container with a user namespace. proc is the process's directory in /proc.
func Delegate(proc string, owner userns.Owner) error {
	text, err := os.ReadFile(filepath.Join(proc, "cgroup"))
	if err != nil {
		return fmt.Errorf("reading the container's cgroups: %w", err)
	}
	for _, dir := range directories(string(text)) {
		if err := give(filepath.Join(root, dir), owner); err != nil {
			return err
		}
	}
	return nil
}

// directories of a process's cgroups, relative to where cgroups are mounted.
func directories(procCgroup string) (dirs []string) {
	all := hierarchies(procCgroup)
	if path, found := unified(procCgroup); found && !hasControllers(all) {
		return []string{path}
	}
	for _, h := range all {
		dirs = append(dirs, filepath.Join(h.name, h.path))
	}
	return dirs
}

func give(dir string, owner userns.Owner) error {
	for _, name := range delegated {
		err := os.Chown(filepath.Join(dir, name), owner.UID, owner.GID)
		if err != nil && (name == "." || !errors.Is(err, fs.ErrNotExist)) {
			return fmt.Errorf("giving a machine its cgroup: %w", err)
		}
	}
	return nil
}
