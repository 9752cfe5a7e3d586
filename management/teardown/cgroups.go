package teardown

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// CgroupDirs returns the directories of the installation's cgroups in every hierarchy, innermost first.
func (s Scope) CgroupDirs() ([]string, error) {
	mounts, err := MountTable()
	if err != nil {
		return nil, err
	}
	var found []string
	for _, m := range mounts {
		if m.Type != "cgroup" && m.Type != "cgroup2" {
			continue
		}
		for _, top := range s.Cgroups {
			found = append(found, directories(filepath.Join(m.Point, top))...)
		}
	}
	return found, nil
}

// directories returns root and those below, children before parents; none if root does not exist.
func directories(root string) (all []string) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			all = append(all, path)
		}
		return nil // a cgroup that is removed meanwhile is no error
	})
	slices.Reverse(all)
	return all
}

// RemoveCgroups removes them. The kernel may need a moment after the last process ended.
func (s Scope) RemoveCgroups(ctx context.Context) error {
	deadline := time.Now().Add(5 * time.Second)
	for {
		groups, err := s.CgroupDirs()
		if err != nil || len(groups) == 0 {
			return err
		}
		var refused error
		for _, g := range groups {
			if err := os.Remove(g); err != nil && !errors.Is(err, fs.ErrNotExist) {
				refused = err
			}
		}
		if refused != nil && time.Now().After(deadline) {
			return fmt.Errorf("remove cgroup: %w", refused)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}
