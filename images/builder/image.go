package builder

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"lotse.dev/images"
	"lotse.dev/images/debian"
	"lotse.dev/images/inputs"
	"lotse.dev/images/layout"
	"lotse.dev/images/manifest"
)

// imageRecord is an image in images/ and the record of how it came there.
type imageRecord struct {
	Key    string
	Digest string   // of the manifest, hexadecimal
	Layers []string // digests
}

// image brings one image up to date and says in a few words what became of it.
func (b *Builder) image(ctx context.Context, image manifest.Image) (string, error) {
	programs, err := b.compiled(image.Contents())
	if errors.Is(err, errNoSource) {
		return "skipped: " + err.Error(), nil
	}
	if err != nil {
		return "", err
	}
	layers, listing, err := b.layers(ctx, image, programs)
	if err != nil {
		return "", err
	}
	b.made[image.Name] = layers
	result := layout.Image{Config: config(image), Ref: func(digest string) string { return ref(image, digest) }}
	var digests []string
	for _, l := range layers {
		result.Layers, digests = append(result.Layers, l.Blob), append(digests, l.Blob.Digest)
	}
	key, err := imageKey(image, result)
	if err != nil {
		return "", err
	}
	var r imageRecord
	if err := b.read("image-"+image.Name, &r); err != nil {
		return "", err
	}
	what := "unchanged "
	if r.Key != key || !b.present(image.Name, r.Digest) {
		what, r.Key = "built     ", key
		if r.Digest, err = b.writeImage(image, result, listing); err != nil {
			return "", err
		}
	}
	r.Layers = digests
	if err := b.catalogue(image, r.Digest); err != nil {
		return "", err
	}
	if err := layout.Prune(b.path("images/"+image.Name), r.Digest); err != nil {
		return "", err
	}
	return what + ref(image, r.Digest)[strings.LastIndex(ref(image, r.Digest), ":")+1:], b.write("image-"+image.Name, r)
}

// compiled waits for the programs. One whose source is missing does not keep the others from being compiled.
func (b *Builder) compiled(names []string) (all []program, missing error) {
	for _, name := range names {
		p, err := b.programs[name].wait()
		if errors.Is(err, errNoSource) {
			missing = err
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, missing
}

// layers makes the image's layers, and the list of what is in them.
func (b *Builder) layers(ctx context.Context, image manifest.Image, programs []program) ([]layerRecord, contents, error) {
	var all []layerRecord
	var packages []debian.Package
	for _, l := range image.Layers {
		var made layerRecord
		var err error
		switch {
		case len(l.Programs) > 0:
			made, err = b.programLayer(image, named(programs, l.Programs))
		case len(l.Carries) > 0:
			made, err = b.carriedLayer(l.Carries)
		default:
			made, err = b.debian[l.List()].wait()
		}
		if err != nil {
			return nil, contents{}, err
		}
		all, packages = append(all, made), append(packages, made.Packages...)
	}
	listing, err := b.list(image, programs, packages)
	if err != nil {
		return nil, contents{}, err
	}
	last, err := b.lastLayer(ctx, image, programs, listing)
	return append(all, last), listing, err
}

func named(programs []program, names []string) (some []program) {
	for _, name := range names {
		for _, p := range programs {
			if p.Name == name {
				some = append(some, p)
			}
		}
	}
	return some
}

func config(image manifest.Image) v1.Config {
	return v1.Config{
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		Entrypoint: image.Entrypoint,
		User:       image.User,
		WorkingDir: "/",
	}
}

// ref names an image by version and content.
func ref(image manifest.Image, digest string) string {
	version := strings.ReplaceAll(image.Version, "+", "-") // a tag may not have a plus
	return fmt.Sprintf("%s/lotse/%s:%s-%s", images.Registry, repositoryOf(image), version, digest[:8])
}

func repositoryOf(image manifest.Image) string { return cmp.Or(image.Repository, image.Name) }

func imageKey(image manifest.Image, result layout.Image) (string, error) {
	settings, err := json.Marshal(result.Config)
	if err != nil {
		return "", fmt.Errorf("rendering the image's configuration: %w", err)
	}
	key := inputs.New("image").Text(image.Name, image.Version, string(settings))
	for _, l := range result.Layers {
		key.Text(l.Digest)
	}
	return key.Sum()
}

func (b *Builder) present(name, digest string) bool {
	_, err := os.Stat(b.path(filepath.Join("images", name, "blobs/sha256", digest)))
	return digest != "" && err == nil
}

func (b *Builder) writeImage(image manifest.Image, result layout.Image, list contents) (string, error) {
	digest, err := layout.Write(b.path("images/"+image.Name), b.store, result)
	if err != nil {
		return "", err
	}
	listing, err := list.render()
	if err != nil {
		return "", err
	}
	return digest, replace(b.path("contents/"+image.Name+".json"), listing)
}

// catalogue lists the image as soon as it is there, so that others can use it while the rest is built.
func (b *Builder) catalogue(image manifest.Image, digest string) error {
	old, err := images.ReadCatalogue(b.path("images"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	c := b.listed(old, image, images.Image{Ref: ref(image, digest), Digest: "sha256:" + digest, Layout: image.Name})
	if reflect.DeepEqual(c, old) {
		return nil
	}
	return c.Write(b.path("images"))
}

// listed is the catalogue with one image. One that only a further minor of Kubernetes has is listed with that minor. A version is listed with the image that
// has it: what is not built this time keeps the version that it was built with.
func (b *Builder) listed(c images.Catalogue, image manifest.Image, entry images.Image) images.Catalogue {
	if image.Minor != "" {
		kubernetes, _, _ := strings.Cut(image.Version, "-")
		nodeImage := ""
		if repositoryOf(image) == "node" {
			nodeImage = b.manifest.NodeImageVersion
		}
		return c.WithFurther(image.Minor, kubernetes, nodeImage, repositoryOf(image), entry)
	}
	c = c.With(image.Name, entry)
	switch image.Name {
	case "kubernetes":
		c.KubernetesVersion = b.manifest.KubernetesVersion
	case "node":
		c.NodeImageVersion = b.manifest.NodeImageVersion
	}
	return c
}
