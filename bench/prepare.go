package main

import (
	"fmt"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"lotse.dev/bench/byhand"
	"lotse.dev/images"
)

// prepare makes archives of the two images that the rounds by hand need. Making them is not measured.
func prepare(c choice, dir string) (byhand.Order, error) {
	order := byhand.Order{Bin: filepath.Join(c.artifacts, "bin"), Idle: c.idle}
	layouts := filepath.Join(c.artifacts, "images")
	catalogue, err := images.ReadCatalogue(layouts)
	if err != nil {
		return order, err
	}
	for image, reference := range map[string]*string{"pause": &order.Pause, "busybox": &order.Web} {
		listed, err := catalogue.Image(image)
		if err != nil {
			return order, err
		}
		archive := filepath.Join(dir, image+".tar")
		if err := writeArchive(archive, filepath.Join(layouts, listed.Layout), listed); err != nil {
			return order, fmt.Errorf("archive of %s: %w", image, err)
		}
		*reference = listed.Ref
		order.Images = append(order.Images, archive)
	}
	return order, nil
}

func writeArchive(file, dir string, listed images.Image) error {
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		return err
	}
	digest, err := v1.NewHash(listed.Digest)
	if err != nil {
		return err
	}
	image, err := index.Image(digest)
	if err != nil {
		return err
	}
	tag, err := name.NewTag(listed.Ref)
	if err != nil {
		return err
	}
	return tarball.WriteToFile(file, tag, image)
}
