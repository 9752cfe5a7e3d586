// Package carried is a snapshotter over overlayfs for a machine whose own image carries layers of other images, unpacked: those are neither fetched
// nor unpacked nor written to the machine's disk again. Machines of one node image on one host share the pages of these files in memory too.
//
// It works as every snapshotter does whose layers are elsewhere (containerd's documentation calls them remote): containerd asks for a snapshot to
// unpack a layer into, and says in a label what the result will be called. If that is carried, the answer is that it exists already. What the
// snapshot consists of on the disk is a link to the carried directory, which is only ever a lower directory of an overlay, and so only read.
package carried

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/core/mount"
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/errdefs"
)

// Directory of a node image that has a directory for each layer that it carries, by the hexadecimal digest of its chain ID.
const Directory = "/usr/share/lotse/layers"

// Over gives a snapshotter the layers below directory. One without any stays as it is.
func Over(overlay snapshots.Snapshotter, directory string) snapshots.Snapshotter {
	if _, err := os.Stat(directory); err != nil {
		return overlay
	}
	return snapshotter{overlay, directory}
}

type snapshotter struct {
	snapshots.Snapshotter
	directory string
}

// Prepare implements snapshots.Snapshotter.
func (s snapshotter) Prepare(ctx context.Context, key, parent string, options ...snapshots.Opt) ([]mount.Mount, error) {
	target := targetOf(options)
	layer := s.layer(target)
	if layer == "" {
		return s.Snapshotter.Prepare(ctx, key, parent, options...)
	}
	mounts, err := s.Snapshotter.Prepare(ctx, key, parent, options...)
	if err != nil {
		return nil, err
	}
	if err := s.commit(ctx, key, target, layer, mounts, options); err != nil {
		return nil, errors.Join(err, s.Remove(ctx, key))
	}
	return nil, fmt.Errorf("layer %s comes with the machine: %w", target, errdefs.ErrAlreadyExists)
}

// commit a snapshot that was prepared as the carried layer. It has the name of its target, so two never exist.
func (s snapshotter) commit(ctx context.Context, key, target, layer string, mounts []mount.Mount, options []snapshots.Opt) error {
	if _, err := s.Stat(ctx, target); err == nil {
		return s.Remove(ctx, key)
	}
	upper := upperDirectory(mounts)
	if upper == "" {
		return fmt.Errorf("the snapshot of layer %s has no directory of its own: %v", target, mounts)
	}
	if err := os.Remove(upper); err != nil {
		return err
	}
	if err := os.Symlink(layer, upper); err != nil {
		return err
	}
	return s.Commit(ctx, target, key, options...)
}

// targetOf a snapshot is the chain ID of the layer that is to be unpacked into it; "" for every other snapshot.
func targetOf(options []snapshots.Opt) string {
	var info snapshots.Info
	for _, option := range options {
		if err := option(&info); err != nil {
			return ""
		}
	}
	return info.Labels[snapshots.LabelSnapshotRef]
}

// layer that is carried under a chain ID; "" if it is not.
func (s snapshotter) layer(chainID string) string {
	digest, found := strings.CutPrefix(chainID, "sha256:")
	if !found || filepath.Base(digest) != digest {
		return ""
	}
	layer := filepath.Join(s.directory, digest)
	if info, err := os.Stat(layer); err != nil || !info.IsDir() {
		return ""
	}
	return layer
}

// upperDirectory of a snapshot: the source of its bind mount if it has no parent, else what its overlay mount names.
func upperDirectory(mounts []mount.Mount) string {
	if len(mounts) != 1 {
		return ""
	}
	if mounts[0].Type == "bind" {
		return mounts[0].Source
	}
	for _, option := range mounts[0].Options {
		if upper, found := strings.CutPrefix(option, "upperdir="); found {
			return upper
		}
	}
	return ""
}
