package main

import (
	"github.com/containerd/containerd/v2/core/snapshots"
	"github.com/containerd/containerd/v2/plugins"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay"
	"github.com/containerd/containerd/v2/plugins/snapshots/overlay/overlayutils"
	"github.com/containerd/platforms"
	"github.com/containerd/plugin"
	"github.com/containerd/plugin/registry"
	"github.com/moby/sys/userns"

	"lotse.dev/images/components/containerd/carried"
)

// The snapshotter "overlayfs" is upstream's with upstream's defaults, and over it the layers that a node image carries.
func init() {
	registry.Register(&plugin.Registration{
		Type: plugins.SnapshotPlugin, ID: "overlayfs",
		InitFn: func(ic *plugin.InitContext) (any, error) {
			ic.Meta.Platforms = append(ic.Meta.Platforms, platforms.DefaultSpec())
			ic.Meta.Capabilities = append(ic.Meta.Capabilities, "only-remap-ids")
			options := []overlay.Opt{overlay.AsynchronousRemove}
			if ok, err := overlayutils.SupportsIDMappedMounts(); err == nil && ok {
				options = append(options, overlay.WithRemapIDs)
				ic.Meta.Capabilities = append(ic.Meta.Capabilities, "remap-ids")
			}
			root := ic.Properties[plugins.PropertyRootDir]
			ic.Meta.Exports[plugins.SnapshotterRootDir] = root
			plain, err := overlay.NewSnapshotter(root, options...)
			if err != nil {
				return nil, err
			}
			over := carried.Over(plain, carried.Directory)
			if over == plain && !userns.RunningInUserNS() {
				// Layers may be unpacked beside each other and get their parents later. That needs device nodes, and a layer that is carried has its parent.
				ic.Meta.Capabilities = append(ic.Meta.Capabilities, snapshots.RebaseCap)
			}
			return over, nil
		},
	})
}
