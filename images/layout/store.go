// Package layout writes OCI image layouts. Layers are not compressed: they travel over links inside a machine or a rack, where
// unpacking costs more time than size does. A layer that several images have is stored once and hard-linked.
package layout

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"lotse.dev/images/layer"
)

// Blob is stored content.
type Blob struct {
	Digest string `json:"digest"` // hexadecimal SHA-256, without prefix
	Size   int64  `json:"size"`   // bytes
}

// Store keeps layers by digest, outside of any layout.
type Store struct {
	Dir string // exists
}

// Path is where a blob lies.
func (s Store) Path(b Blob) string { return filepath.Join(s.Dir, b.Digest) }

// Has says whether the blob is there and whole.
func (s Store) Has(b Blob) bool {
	info, err := os.Stat(s.Path(b))
	return b.Digest != "" && err == nil && info.Size() == b.Size
}

// AddLayer stores the entries as a layer. It is there in full or not at all.
func (s Store) AddLayer(entries []layer.Entry) (Blob, error) {
	file, err := os.CreateTemp(s.Dir, ".layer-")
	if err != nil {
		return Blob{}, fmt.Errorf("making a layer: %w", err)
	}
	defer os.Remove(file.Name()) // gone already when all went well
	defer file.Close()
	hash := sha256.New()
	buffered := bufio.NewWriterSize(io.MultiWriter(file, hash), 1<<20)
	if err := layer.Write(buffered, entries); err != nil {
		return Blob{}, err
	}
	if err := buffered.Flush(); err != nil {
		return Blob{}, fmt.Errorf("writing a layer (is the disk full?): %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return Blob{}, fmt.Errorf("writing a layer: %w", err)
	}
	b := Blob{Digest: hex.EncodeToString(hash.Sum(nil)), Size: info.Size()}
	if s.Has(b) {
		return b, nil // and layouts that link to it go on sharing it
	}
	if err := os.Chmod(file.Name(), 0o644); err != nil {
		return Blob{}, fmt.Errorf("storing a layer: %w", err)
	}
	if err := os.Rename(file.Name(), s.Path(b)); err != nil {
		return Blob{}, fmt.Errorf("storing a layer: %w", err)
	}
	return b, nil
}

// Keep deletes every blob that is not among those given.
func (s Store) Keep(blobs map[string]bool) error { return keep(s.Dir, blobs) }

func keep(dir string, digests map[string]bool) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("looking for unused layers: %w", err)
	}
	for _, f := range files {
		if digests[f.Name()] {
			continue
		}
		if err := os.Remove(filepath.Join(dir, f.Name())); err != nil {
			return fmt.Errorf("deleting an unused layer: %w", err)
		}
	}
	return nil
}
