package install

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/images"
	known "lotse.dev/release"
)

// NodeImage is one that was published.
type NodeImage struct {
	// Version of it, and Kubernetes' on it.
	Version, Kubernetes string
	// Release that clusters get it by.
	Release string
	// Before: it had been published.
	Before bool
}

// PublishNodeImage makes the node image that was built for a minor, or for the newest if none is named, available on an installation that is up. The release that
// it makes differs from the newest of that version in nothing else. It can be repeated, and it writes no pool: pools get the image by a request or by a channel.
func PublishNodeImage(ctx context.Context, c Choice, minor string) (NodeImage, error) {
	built, err := images.ReadCatalogue(c.Artifacts + "/images")
	if err != nil {
		return NodeImage{}, err
	}
	catalogue, err := built.NodeImage(minor)
	if err != nil {
		return NodeImage{}, err
	}
	n := NodeImage{Version: catalogue.NodeImageVersion, Kubernetes: strings.TrimPrefix(catalogue.KubernetesVersion, "v")}
	r, err := c.publish(ctx, catalogue, func(i *installation) (*v1alpha1.Release, error) {
		there := &v1alpha1.ReleaseList{}
		if err := i.cluster.List(ctx, there); err != nil {
			return nil, fmt.Errorf("listing the releases: %w", err)
		}
		var r *v1alpha1.Release
		r, n.Before, err = withNodeImage(there.Items, catalogue, i.target.Images[v1alpha1.ImageNode])
		return r, err
	})
	if err != nil {
		return n, err
	}
	n.Release = r.Name
	return n, nil
}

// withNodeImage is the newest of the releases of the catalogue's version with another node image, and whether that is there already.
func withNodeImage(there []v1alpha1.Release, c images.Catalogue, image string) (*v1alpha1.Release, bool, error) {
	version, err := known.ParseVersion(strings.TrimPrefix(c.KubernetesVersion, "v"))
	if err != nil {
		return nil, false, err
	}
	all := known.New(there, time.Time{}) // support does not matter here
	base, found := all.Release(version)
	if !found {
		return nil, false, fmt.Errorf("no release of Kubernetes %s is installed, of which this is the node image; install one with lotse up, or with lotse release add %d.%d",
			version, version.Major, version.Minor)
	}
	parts := maps.Clone(base.Spec.Images)
	parts[v1alpha1.ImageNode] = image
	r, err := release(c, parts)
	if err != nil {
		return nil, false, err
	}
	for _, present := range all.Releases(version) {
		if present.Name == r.Name || present.Spec.Images[v1alpha1.ImageNode] == image && present.Spec.NodeImageVersion == c.NodeImageVersion {
			return &v1alpha1.Release{ObjectMeta: clusterMeta(present.Name), Spec: present.Spec}, true, nil
		}
	}
	return r, false, nil
}
