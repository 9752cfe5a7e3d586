package images

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
)

// CatalogueFile is the catalogue's name in the directory that holds the image layouts.
const CatalogueFile = "catalogue.json"

// Registry is the host part of every reference: the name of the registry inside Lotse.
const Registry = "registry.lotse.internal"

// Catalogue lists the images of one build.
type Catalogue struct {
	// KubernetesVersion is the version of the kubernetes and node images, such as v1.37.2.
	KubernetesVersion string `json:"kubernetesVersion"`
	// NodeImageVersion is the name of the node image's version, such as LotseDebian-12-202611.23.0.
	NodeImageVersion string `json:"nodeImageVersion"`
	// Images are by name: etcd, coredns, node and so on. An image that was not built is not listed.
	Images map[string]Image `json:"images"`
	// Further versions of Kubernetes that were built, by minor such as 1.36.
	Further map[string]Further `json:"further,omitempty"`
}

// Further is a version of Kubernetes beside the catalogue's own.
type Further struct {
	KubernetesVersion string `json:"kubernetesVersion"`
	// NodeImageVersion of its node image, which may have been built before or after the catalogue's own. Empty in catalogues of an older build: as the catalogue's.
	NodeImageVersion string `json:"nodeImageVersion,omitempty"`
	// Images that are not the catalogue's: kubernetes and node.
	Images map[string]Image `json:"images"`
}

// Image is one image of a catalogue.
type Image struct {
	// Ref is the full reference. Its tag ends in the digest's first eight digits: other content always has another reference.
	Ref string `json:"ref"`
	// Digest is the manifest's, with its "sha256:" prefix.
	Digest string `json:"digest"`
	// Layout is the image's OCI layout directory, relative to the catalogue's.
	Layout string `json:"layout"`
}

// ReadCatalogue reads the catalogue in dir, the directory of image layouts. Its error says what to run where there is none.
func ReadCatalogue(dir string) (Catalogue, error) {
	content, err := os.ReadFile(filepath.Join(dir, CatalogueFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Catalogue{}, fmt.Errorf("no images in %s; build them with `go run ./images/build`: %w", dir, err)
	}
	if err != nil {
		return Catalogue{}, fmt.Errorf("reading the image catalogue: %w", err)
	}
	var c Catalogue
	if err := json.Unmarshal(content, &c); err != nil {
		return Catalogue{}, fmt.Errorf("image catalogue in %s is damaged; build the images again: %w", dir, err)
	}
	return c, nil
}

// Image finds an image by name. Its error says what to run where the image was not built.
func (c Catalogue) Image(name string) (Image, error) {
	image, found := c.Images[name]
	if !found {
		return Image{}, fmt.Errorf("no image %q; build it with `go run ./images/build %s`", name, name)
	}
	return image, nil
}

// Release is the catalogue of a further minor alone, with the images that it has in common with the others.
func (c Catalogue) Release(minor string) (Catalogue, error) {
	further, found := c.Further[minor]
	if !found {
		return Catalogue{}, fmt.Errorf("Kubernetes %s was not built; build it with `go run ./images/build -release %s`", minor, minor)
	}
	all := map[string]Image{}
	maps.Copy(all, c.Images)
	maps.Copy(all, further.Images)
	return Catalogue{KubernetesVersion: further.KubernetesVersion, NodeImageVersion: cmp.Or(further.NodeImageVersion, c.NodeImageVersion), Images: all}, nil
}

// NodeImage is the catalogue of one minor's node image alone; of the catalogue's own minor if none is named.
func (c Catalogue) NodeImage(minor string) (Catalogue, error) {
	if minor != "" && !strings.HasPrefix(c.KubernetesVersion, "v"+minor+".") {
		var err error
		if c, err = c.Release(minor); err != nil {
			return Catalogue{}, err
		}
	}
	node, err := c.Image("node")
	if err != nil {
		return Catalogue{}, err
	}
	if number := c.NodeImageVersion[strings.LastIndex(c.NodeImageVersion, "-")+1:]; !strings.Contains(node.Ref, number) {
		return Catalogue{}, fmt.Errorf("the node image of Kubernetes %s that was built is older than %s; build it with `go run ./images/build -node-image %s`",
			c.KubernetesVersion, c.NodeImageVersion, strings.Join(strings.SplitN(strings.TrimPrefix(c.KubernetesVersion, "v"), ".", 3)[:2], "."))
	}
	return Catalogue{KubernetesVersion: c.KubernetesVersion, NodeImageVersion: c.NodeImageVersion, Images: map[string]Image{"node": node}}, nil
}

// WithFurther is the catalogue with image listed under name for a further minor. The receiver stays as it is. nodeImage is the version of a node image,
// and empty for others.
func (c Catalogue) WithFurther(minor, version, nodeImage, name string, image Image) Catalogue {
	before := c.Further[minor]
	listed := Further{KubernetesVersion: version, NodeImageVersion: cmp.Or(nodeImage, before.NodeImageVersion), Images: map[string]Image{}}
	maps.Copy(listed.Images, before.Images)
	listed.Images[name] = image
	all := map[string]Further{}
	maps.Copy(all, c.Further)
	all[minor] = listed
	c.Further = all
	return c
}

// With is the catalogue with image listed under name. The receiver stays as it is.
func (c Catalogue) With(name string, image Image) Catalogue {
	all := map[string]Image{name: image}
	for n, i := range c.Images {
		if n != name {
			all[n] = i
		}
	}
	c.Images = all
	return c
}

// Write puts the catalogue into dir in one step: a reader sees the old one or the new one.
func (c Catalogue) Write(dir string) error {
	content, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("rendering the image catalogue: %w", err)
	}
	if err := renameio.WriteFile(filepath.Join(dir, CatalogueFile), append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the image catalogue: %w", err)
	}
	return nil
}
