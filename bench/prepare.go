package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"lotse.dev/bench/byhand"
	"lotse.dev/images"
	"lotse.dev/images/builder"
	"lotse.dev/images/manifest"
)

// prepare compiles the servers and makes archives of the two images that the rounds by hand need. Making them is not measured.
func prepare(ctx context.Context, c choice, dir string) (byhand.Order, error) {
	order := byhand.Order{Bin: filepath.Join(c.artifacts, "bin"), Servers: filepath.Join(c.artifacts, "bench"), Idle: c.idle}
	if c.sides != "lotse" {
		if err := unmodified(ctx, order.Servers); err != nil {
			return order, err
		}
	}
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

// unmodified compiles Kubernetes' servers as they are. What Lotse changes in its own, and what it may, is to be seen.
func unmodified(ctx context.Context, dir string) error {
	m, err := manifest.Read(".", "")
	if err != nil {
		return fmt.Errorf("run this in Lotse's repository: %w", err)
	}
	const name = "upstream"
	program, known := m.Program(name)
	if !known {
		return fmt.Errorf("the manifest has no program %s", name)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := builder.Compile(ctx, ".", program, filepath.Join(dir, name)); err != nil {
		return err
	}
	for _, server := range byhand.Servers {
		if err := os.Symlink(name, filepath.Join(dir, server)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
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
