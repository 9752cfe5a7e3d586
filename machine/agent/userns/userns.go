// Package userns reads whether a process is in a user namespace of its own, and which user of the host its root is.
package userns

import (
	"fmt"
	"os"
	"path/filepath"
)

// Owner is a user and a group, as numbers of the host.
type Owner struct{ UID, GID int }

// Root of the user namespace of the process whose directory in /proc this is. In the host's own namespace that is the zero Owner.
func Root(proc string) (Owner, error) {
	uid, err := first(filepath.Join(proc, "uid_map"))
	if err != nil {
		return Owner{}, err
	}
	gid, err := first(filepath.Join(proc, "gid_map"))
	return Owner{uid, gid}, err
}

// Own reports whether this process is in a user namespace other than the host's.
func Own() (bool, error) {
	root, err := Root("/proc/self")
	return root != Owner{}, err
}

// first is the number outside of number 0 inside. Container runtimes map one range that begins with it.
func first(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("reading the user namespace: %w", err)
	}
	return parse(string(text))
}

func parse(idMap string) (int, error) {
	var inside, outside, size int
	if _, err := fmt.Sscan(idMap, &inside, &outside, &size); err != nil || inside != 0 {
		return 0, fmt.Errorf("the user namespace maps no root: %q", idMap)
	}
	return outside, nil
}
