package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"lotse.dev/management/isolation"
	"lotse.dev/management/report"
	"lotse.dev/management/teardown"
)

// ownTables are the packet filter tables that kube-proxy, the CNI plugins and the isolation make.
var ownTables = []string{"ip kube-proxy", "ip6 kube-proxy", "ip cni_hostport", "ip6 cni_hostport", "inet cni_plugins_masquerade", isolation.Table, isolation.ConnectionsTable}

// sharedTables are those of iptables. kube-proxy makes them when it checks at its start whether another of its modes left rules.
var sharedTables = []string{"ip nat", "ip filter", "ip mangle", "ip6 nat", "ip6 filter", "ip6 mangle"}

// gracePeriod is how long containers have to shut down.
const gracePeriod = 10 * time.Second

func scope(d Data, initial initialState) teardown.Scope {
	return teardown.Scope{
		Data: string(d), Run: Run,
		Cgroups: []string{"lotse", "lotse.slice"},
		Links:   []string{Link}, Gateway: gateway,
		Tables: ownTables, ForeignTables: initial.Tables, SharedTables: sharedTables,
	}
}

// Down stops everything that runs and keeps the data.
func Down(ctx context.Context, d Data, steps *report.Steps) error {
	if exists(string(d)) {
		unlock, err := Lock(d)
		if err != nil {
			return err
		}
		defer unlock()
	}
	return down(ctx, d, steps)
}

func down(ctx context.Context, d Data, steps *report.Steps) error {
	initial, err := readInitialState(d)
	if err != nil {
		return err
	}
	s := scope(d, initial)
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"agent", func() error { return stopAgent(ctx, d) }},
		{"processes", func() error { return s.Stop(ctx, gracePeriod) }},
		{"mounts", s.Unmount},
		{"network links", s.Unlink},
		{"packet filter", func() error { return s.DropTables(ctx) }},
		{"cgroups", func() error { return errors.Join(stopSlice(), s.RemoveCgroups(ctx)) }},
		{"run directory", func() error { return remove(Run) }},
	} {
		if err := steps.Do(step.name, step.do); err != nil {
			return err
		}
	}
	return nil
}

// Purge is Down, and also removes the data. It fails if anything is left.
func Purge(ctx context.Context, d Data, steps *report.Steps) error {
	initial, err := readInitialState(d)
	if err != nil {
		return err
	}
	if err := Down(ctx, d, steps); err != nil {
		return err
	}
	if err := initial.restoreSettings(); err != nil {
		return err
	}
	if err := steps.Do("data", func() error { return removeData(d) }); err != nil {
		return err
	}
	left, err := Leftovers(d)
	if err != nil || len(left) == 0 {
		return err
	}
	for _, l := range left {
		steps.Print("  left: %s", l)
	}
	return fmt.Errorf("%d things are left; run lotse purge again, or remove them by hand", len(left))
}

// Leftovers describes everything of an installation that is left on this host.
func Leftovers(d Data) ([]string, error) {
	initial, err := readInitialState(d)
	if err != nil {
		return nil, err
	}
	found, err := scope(d, initial).Leftovers()
	if err != nil {
		return nil, err
	}
	paths := append(cniResults(), Run, unitFile)
	if !emptyDisk(string(d)) {
		paths = append(paths, string(d))
	}
	for _, p := range paths {
		if exists(p) {
			found = append(found, "file "+p)
		}
	}
	return found, nil
}

// removeData removes the record of the host's initial state last: a purge that is repeated after an interruption needs it.
func removeData(d Data) error {
	for _, file := range cniResults() {
		if err := os.Remove(file); err != nil {
			return fmt.Errorf("remove %s: %w", file, err)
		}
	}
	_ = os.Remove(cniCache)               // fails if another program has files there
	_ = os.Remove(filepath.Dir(cniCache)) // likewise
	entries, err := os.ReadDir(string(d))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read %s: %w", d, err)
	}
	for _, e := range entries {
		if path := d.in(e.Name()); path != d.initialStateFile() {
			if err := remove(path); err != nil {
				return err
			}
		}
	}
	return remove(string(d))
}

// remove refuses to descend into a mount, whose files are not Lotse's.
func remove(dir string) error {
	mounts, err := teardown.Scope{Data: dir, Run: dir}.Mounts()
	if err != nil {
		return err
	}
	if len(mounts) > 0 {
		return fmt.Errorf("%s is still mounted; unmount it and run this again", mounts[0])
	}
	if err := os.RemoveAll(dir); err != nil && exists(dir) && !emptyDisk(dir) {
		return fmt.Errorf("remove %s: %w", dir, err)
	}
	return nil
}

// emptyDisk reports whether dir is an empty mount point of the operator's, which a purge cannot remove.
func emptyDisk(dir string) bool {
	mounts, err := teardown.MountTable()
	if err != nil || !slices.ContainsFunc(mounts, func(m teardown.Mount) bool { return m.Point == dir }) {
		return false
	}
	entries, err := os.ReadDir(dir)
	return err == nil && !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() != "lost+found" })
}

// cniCache is where libcni keeps results; its path cannot be configured. Lotse's files begin with the name of its network.
const cniCache = "/var/lib/cni/results"

func cniResults() []string {
	files, _ := filepath.Glob(cniCache + "/lotse-*") // the pattern is valid
	return files
}
