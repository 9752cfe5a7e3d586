package layout

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	ggcr "github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"lotse.dev/images/layer"
)

func TestTheSameImageInTwoPlacesHasOneDigest(t *testing.T) {
	one, other := write(t, t.TempDir(), "content"), write(t, t.TempDir(), "content")
	if one != other {
		t.Errorf("digests %s and %s differ", one, other)
	}
	if changed := write(t, t.TempDir(), "other content"); changed == one {
		t.Error("other content has the same digest")
	}
}

func TestAWrittenLayoutIsAValidImageForOtherTools(t *testing.T) {
	dir := t.TempDir()
	digest := write(t, dir, "content")
	index, err := ggcr.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	entry := manifest.Manifests[0]
	if entry.Digest.Hex != digest || !strings.HasSuffix(entry.Annotations["io.containerd.image.name"], digest[:8]) {
		t.Errorf("index lists %+v, want digest %s", entry, digest)
	}
	image, err := index.Image(entry.Digest)
	if err != nil {
		t.Fatal(err)
	}
	// Not ggcr's validate.Image: it takes every layer for gzip.
	if err := validate.Image(image, validate.Fast); err != nil {
		t.Error(err)
	}
	layers, err := image.Layers()
	if err != nil {
		t.Fatal(err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	sum, _, err := v1.SHA256(content)
	if config, configErr := image.ConfigFile(); err != nil || configErr != nil || sum != config.RootFS.DiffIDs[0] {
		t.Errorf("layer content has digest %s (%v), configuration says %v (%v)", sum, err, config.RootFS.DiffIDs, configErr)
	}
}

func TestPruneLeavesOnlyTheCurrentImage(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "old")
	digest := write(t, dir, "new")
	if err := Prune(dir, digest); err != nil {
		t.Fatal(err)
	}
	blobs, err := os.ReadDir(filepath.Join(dir, "blobs/sha256"))
	if err != nil || len(blobs) != 3 {
		t.Errorf("%d blobs remain (%v), want manifest, config and layer", len(blobs), err)
	}
}

func write(t *testing.T, dir, content string) string {
	t.Helper()
	store := Store{Dir: t.TempDir()}
	blob, err := store.AddLayer([]layer.Entry{{Path: "etc/motd", Kind: layer.File, Mode: 0o644, Content: []byte(content)}})
	if err != nil {
		t.Fatal(err)
	}
	if !store.Has(blob) {
		t.Fatal("a layer just added is missing")
	}
	digest, err := Write(dir, store, Image{
		Layers: []Blob{blob},
		Config: v1.Config{Entrypoint: []string{"/bin/true"}},
		Ref:    func(digest string) string { return "registry.example/motd:v1-" + digest[:8] },
	})
	if err != nil {
		t.Fatal(err)
	}
	return digest
}
