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

// ControlGroups are the directories of the installation's control groups in every hierarchy, innermost first.
func (s Scope) ControlGroups() ([]string, error) {
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

// directories below and including root, children before parents; none if there is no root.
func directories(root string) (all []string) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			all = append(all, path)
		}
		return nil // a group that ends while we look is no error
	})
	slices.Reverse(all)
	return all
}

// RemoveControlGroups removes them; the kernel may need a moment after the last process ended.
func (s Scope) RemoveControlGroups(ctx context.Context) error {
	deadline := time.Now().Add(5 * time.Second)
	for {
		groups, err := s.ControlGroups()
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
			return fmt.Errorf("remove control group: %w", refused)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}
