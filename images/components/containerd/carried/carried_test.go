package carried

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/core/mount"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	"github.com/containerd/errdefs"
)

const first, second, other = "sha256:aaaa", "sha256:bbbb", "sha256:cccc"

// start a snapshotter that carries two layers, one above the other.
func start(t *testing.T) (s snapshots.Snapshotter, directory string) {
	t.Helper()
	root := t.TempDir()
	directory = filepath.Join(root, "layers")
	for _, file := range []string{"aaaa/bin/program", "bbbb/etc/passwd"} {
		name := filepath.Join(directory, file)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("content"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inner, err := overlay.NewSnapshotter(filepath.Join(root, "overlay"))
	if err != nil {
		t.Skipf("no overlay here: %v", err)
	}
	t.Cleanup(func() { _ = inner.Close() })
	return Over(inner, directory), directory
}

func target(chainID string) snapshots.Opt {
	return snapshots.WithLabels(map[string]string{snapshots.LabelSnapshotRef: chainID})
}

func TestLayersThatAreCarriedAreNotUnpacked(t *testing.T) {
	ctx := context.Background()
	s, directory := start(t)
	parent := ""
	for _, chainID := range []string{first, second, second} {
		if chainID == second {
			parent = first
		}
		if _, err := s.Prepare(ctx, "extract "+chainID, parent, target(chainID)); !errdefs.IsAlreadyExists(err) {
			t.Fatalf("preparing %s: %v; want that it exists", chainID, err)
		}
		info, err := s.Stat(ctx, chainID)
		if err != nil || info.Kind != snapshots.KindCommitted || info.Parent != parent || info.Labels[snapshots.LabelSnapshotRef] != chainID {
			t.Errorf("%s is %+v, %v", chainID, info, err)
		}
		if _, err := s.Stat(ctx, "extract "+chainID); !errdefs.IsNotFound(err) {
			t.Errorf("what it was prepared in is left: %v", err)
		}
	}
	mounts, err := s.Prepare(ctx, "container", second)
	if err != nil {
		t.Fatal(err)
	}
	if lower := lowerDirectories(t, mounts); len(lower) != 2 || lower[0] != filepath.Join(directory, "bbbb") || lower[1] != filepath.Join(directory, "aaaa") {
		t.Errorf("a container is above %q", lower)
	}
}

// lowerDirectories of an overlay, as the kernel resolves them.
func lowerDirectories(t *testing.T, mounts []mount.Mount) (all []string) {
	t.Helper()
	for _, option := range mounts[0].Options {
		list, found := strings.CutPrefix(option, "lowerdir=")
		if !found {
			continue
		}
		for name := range strings.SplitSeq(list, ":") {
			resolved, err := filepath.EvalSymlinks(name)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, resolved)
		}
	}
	return all
}

func TestRemovingASnapshotLeavesWhatIsCarried(t *testing.T) {
	ctx := context.Background()
	s, directory := start(t)
	for range 2 { // it can be made again
		if _, err := s.Prepare(ctx, "extract", "", target(first)); !errdefs.IsAlreadyExists(err) {
			t.Fatal(err)
		}
		if err := s.Remove(ctx, first); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(directory, "aaaa/bin/program")); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsNotCarriedIsUnpacked(t *testing.T) {
	s, _ := start(t)
	for sentence, options := range map[string][]snapshots.Opt{
		"a layer that is not carried": {target(other)},
		"a container":                 nil,
		"a name that leads elsewhere": {target("sha256:../../etc")},
		"a strange name":              {target("aaaa")},
	} {
		if mounts, err := s.Prepare(context.Background(), sentence, "", options...); err != nil || len(mounts) != 1 {
			t.Errorf("%s: %v, %v", sentence, mounts, err)
		}
	}
	if _, over := Over(nil, "/does/not/exist").(snapshotter); over {
		t.Error("a machine that carries nothing has another snapshotter")
	}
}
