package cgroup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"lotse.dev/machine/agent/userns"
)

// delegated are the files that let a cgroup's owner move processes and enable controllers in it. The limits of the cgroup itself stay
// root's: the host sets them. All kernels lack some of the files, because each version of cgroups has its own.
var delegated = []string{".", "cgroup.procs", "tasks", "cgroup.threads", "cgroup.subtree_control"}

// Delegate is an OCI hook (createRuntime): it gives a container that has a user namespace its own cgroups, so that a kubelet in it can make
// cgroups below. The kernel and the container runtime do so for none. state is the container's state as the OCI runtime writes it.
//
// A container without a user namespace gets nothing.
func Delegate(state io.Reader) error {
	var container struct {
		PID int `json:"pid"`
	}
	if err := json.NewDecoder(state).Decode(&container); err != nil {
		return fmt.Errorf("reading the container's state: %w", err)
	}
	proc := filepath.Join("/proc", fmt.Sprint(container.PID))
	owner, err := userns.Root(proc)
	if err != nil {
		return err
	}
	if owner == (userns.Owner{}) {
		return nil
	}
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
