package workshop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"lotse.dev/images"
	"lotse.dev/images/debian"
	"lotse.dev/images/inputs"
	"lotse.dev/images/layout"
	"lotse.dev/images/recipe"
)

// imageRecord is an image in images/ and the record of how it came there.
type imageRecord struct {
	Key    string
	Digest string // of the manifest, hexadecimal
}

// image brings one image up to date and says in a few words what became of it.
func (w *Workshop) image(ctx context.Context, image recipe.Image) (string, error) {
	programs, err := w.compileAll(ctx, image.Contents())
	if errors.Is(err, errNoSource) {
		return "skipped: " + err.Error(), nil
	}
	if err != nil {
		return "", err
	}
	layers, listing, err := w.layers(ctx, image, programs)
	if err != nil {
		return "", err
	}
	result := layout.Image{Config: config(image), Ref: func(digest string) string { return ref(image, digest) }}
	for _, l := range layers {
		result.Layers = append(result.Layers, l.Blob)
	}
	key, err := imageKey(image, result)
	if err != nil {
		return "", err
	}
	var r imageRecord
	if err := w.read("image-"+image.Name, &r); err != nil {
		return "", err
	}
	what := "unchanged "
	if r.Key != key || !w.present(image.Name, r.Digest) {
		what, r.Key = "built     ", key
		if r.Digest, err = w.writeImage(image, result, listing); err != nil {
			return "", err
		}
	}
	if err := w.catalogue(image, r.Digest); err != nil {
		return "", err
	}
	if err := layout.Prune(w.path("images/"+image.Name), r.Digest); err != nil {
		return "", err
	}
	return what + ref(image, r.Digest)[strings.LastIndex(ref(image, r.Digest), ":")+1:], w.write("image-"+image.Name, r)
}

// compileAll brings the programs up to date. One whose source is missing does not keep the others from being compiled.
func (w *Workshop) compileAll(ctx context.Context, names []string) (all []program, missing error) {
	for _, name := range names {
		p, err := w.program(ctx, name)
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
func (w *Workshop) layers(ctx context.Context, image recipe.Image, programs []program) ([]layerRecord, contents, error) {
	var all []layerRecord
	var packages []debian.Package
	for _, l := range image.Layers {
		var made layerRecord
		var err error
		if len(l.Programs) > 0 {
			made, err = w.programLayer(image, named(programs, l.Programs))
		} else {
			made, err = w.debianLayer(ctx, l)
		}
		if err != nil {
			return nil, contents{}, err
		}
		all, packages = append(all, made), append(packages, made.Packages...)
	}
	listing, err := w.list(image, programs, packages)
	if err != nil {
		return nil, contents{}, err
	}
	last, err := w.lastLayer(ctx, image, programs, listing)
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

func config(image recipe.Image) v1.Config {
	return v1.Config{
		Env:        []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		Entrypoint: image.Entrypoint,
		User:       image.User,
		WorkingDir: "/",
	}
}

// ref names an image by version and content.
func ref(image recipe.Image, digest string) string {
	version := strings.ReplaceAll(image.Version, "+", "-") // a tag may not have a plus
	return fmt.Sprintf("%s/lotse/%s:%s-%s", images.Registry, image.Name, version, digest[:8])
}

func imageKey(image recipe.Image, result layout.Image) (string, error) {
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

func (w *Workshop) present(name, digest string) bool {
	_, err := os.Stat(w.path(filepath.Join("images", name, "blobs/sha256", digest)))
	return digest != "" && err == nil
}

func (w *Workshop) writeImage(image recipe.Image, result layout.Image, list contents) (string, error) {
	digest, err := layout.Write(w.path("images/"+image.Name), w.store, result)
	if err != nil {
		return "", err
	}
	listing, err := list.render()
	if err != nil {
		return "", err
	}
	return digest, replace(w.path("contents/"+image.Name+".json"), listing)
}

// catalogue lists the image as soon as it is there, so that others can use it while the rest is built.
func (w *Workshop) catalogue(image recipe.Image, digest string) error {
	old, err := images.ReadCatalogue(w.path("images"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	entry := images.Image{Ref: ref(image, digest), Digest: "sha256:" + digest, Layout: image.Name}
	if old.Images[image.Name] == entry && old.KubernetesVersion == w.book.KubernetesVersion && old.NodeImageVersion == w.book.NodeImageVersion {
		return nil
	}
	c := old.With(image.Name, entry)
	c.KubernetesVersion, c.NodeImageVersion = w.book.KubernetesVersion, w.book.NodeImageVersion
	return c.Write(w.path("images"))
}
