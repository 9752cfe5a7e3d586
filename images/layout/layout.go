package layout

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/renameio/v2"
)

// Image is what a layout is to hold.
type Image struct {
	Layers []Blob // the lowest first
	Config v1.Config
	// Ref names the image by its manifest's digest (hexadecimal).
	Ref func(digest string) string
}

// Write makes dir the layout of the image and returns the manifest's digest (hexadecimal). A layout that is there already stays
// readable throughout: what is new is added, then the index is replaced. Prune removes the rest.
func Write(dir string, s Store, image Image) (string, error) {
	blobs := filepath.Join(dir, "blobs", "sha256")
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return "", fmt.Errorf("making the layout: %w", err)
	}
	for _, l := range image.Layers {
		if err := link(s.Path(l), filepath.Join(blobs, l.Digest)); err != nil {
			return "", fmt.Errorf("adding a layer to the layout: %w", err)
		}
	}
	config, err := writeJSON(blobs, configFile(image), types.OCIConfigJSON)
	if err != nil {
		return "", err
	}
	manifest, err := writeJSON(blobs, manifestOf(config, image.Layers), types.OCIManifestSchema1)
	if err != nil {
		return "", err
	}
	digest := manifest.Digest.Hex
	if err := replace(filepath.Join(dir, "oci-layout"), []byte(`{"imageLayoutVersion":"1.0.0"}`)); err != nil {
		return "", err
	}
	index, err := json.Marshal(indexOf(manifest, image.Ref(digest)))
	if err != nil {
		return "", fmt.Errorf("rendering the layout's index: %w", err)
	}
	return digest, replace(filepath.Join(dir, "index.json"), index)
}

func configFile(image Image) v1.ConfigFile {
	c := v1.ConfigFile{
		Architecture: runtime.GOARCH, OS: "linux", Created: v1.Time{Time: time.Unix(0, 0).UTC()},
		Config: image.Config, RootFS: v1.RootFS{Type: "layers"},
	}
	for _, l := range image.Layers {
		// Without compression a layer's digest is also that of its content.
		c.RootFS.DiffIDs = append(c.RootFS.DiffIDs, hashOf(l.Digest))
	}
	return c
}

func manifestOf(config v1.Descriptor, layers []Blob) v1.Manifest {
	m := v1.Manifest{SchemaVersion: 2, MediaType: types.OCIManifestSchema1, Config: config}
	for _, l := range layers {
		m.Layers = append(m.Layers, v1.Descriptor{MediaType: types.OCIUncompressedLayer, Size: l.Size, Digest: hashOf(l.Digest)})
	}
	return m
}

// indexOf names the image so that `ctr images import` gives it its full reference.
func indexOf(manifest v1.Descriptor, ref string) v1.IndexManifest {
	manifest.Platform = &v1.Platform{Architecture: runtime.GOARCH, OS: "linux"}
	manifest.Annotations = map[string]string{"io.containerd.image.name": ref, "org.opencontainers.image.ref.name": ref}
	return v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: []v1.Descriptor{manifest}}
}

func hashOf(digest string) v1.Hash { return v1.Hash{Algorithm: "sha256", Hex: digest} }

func writeJSON(blobs string, value any, kind types.MediaType) (v1.Descriptor, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return v1.Descriptor{}, fmt.Errorf("rendering %s: %w", kind, err)
	}
	sum := sha256.Sum256(content)
	digest := hex.EncodeToString(sum[:])
	d := v1.Descriptor{MediaType: kind, Size: int64(len(content)), Digest: hashOf(digest)}
	return d, replace(filepath.Join(blobs, digest), content)
}

// replace puts content into place in one step.
func replace(name string, content []byte) error {
	if err := renameio.WriteFile(name, content, 0o644); err != nil {
		return fmt.Errorf("writing the layout: %w", err)
	}
	return nil
}

// link makes to another name of from. Where there is a copy already, named by its digest and so the same, it is replaced: copies
// of layers are what fills disks.
func link(from, to string) error {
	wanted, err := os.Stat(from)
	if err != nil {
		return err
	}
	if there, err := os.Stat(to); err == nil && os.SameFile(wanted, there) {
		return nil
	}
	temporary := filepath.Join(filepath.Dir(to), "."+filepath.Base(to))
	if err := os.Link(from, temporary); err != nil && !os.IsExist(err) {
		return err
	}
	return os.Rename(temporary, to)
}

// Prune deletes the blobs in dir that the image with this digest does not have.
func Prune(dir, digest string) error {
	blobs := filepath.Join(dir, "blobs", "sha256")
	content, err := os.ReadFile(filepath.Join(blobs, digest))
	if err != nil {
		return fmt.Errorf("reading the image's manifest: %w", err)
	}
	var m v1.Manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return fmt.Errorf("reading the image's manifest: %w", err)
	}
	used := map[string]bool{digest: true, m.Config.Digest.Hex: true}
	for _, l := range m.Layers {
		used[l.Digest.Hex] = true
	}
	return keep(blobs, used)
}
