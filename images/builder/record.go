package builder

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"

	"lotse.dev/images/inputs"
)

// read loads the record of a step into value, and leaves value alone if there is none.
func (b *Builder) read(step string, value any) error {
	content, err := os.ReadFile(b.recordFile(step))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(content, value)
	}
	if err != nil {
		return fmt.Errorf("record of step %s is damaged; delete %s: %w", step, b.recordFile(step), err)
	}
	return nil
}

// write stores the record of a step, after the step's output is in place.
func (b *Builder) write(step string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("recording step %s: %w", step, err)
	}
	return replace(b.recordFile(step), content)
}

func (b *Builder) recordFile(step string) string { return b.path(".build/records/" + step + ".json") }

func replace(name string, content []byte) error {
	if err := renameio.WriteFile(name, content, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// sources adds the code that makes layers to a layer's key: when it changes, they are made again.
func (b *Builder) sources(k *inputs.Key, packages ...string) *inputs.Key {
	for _, p := range packages {
		k.Tree(filepath.Join(b.root, "images", p))
	}
	return k
}

// collect deletes layers and their records that no image has: those of this run, and those that were built before when they were asked for.
func (b *Builder) collect() error {
	kept, err := b.kept()
	if err != nil {
		return err
	}
	records, err := filepath.Glob(b.recordFile("layer-*"))
	if err != nil {
		return fmt.Errorf("looking for unused layers: %w", err)
	}
	blobs := map[string]bool{}
	for _, file := range records {
		step := filepath.Base(file[:len(file)-len(".json")])
		var l layerRecord
		if err := b.read(step, &l); err != nil {
			return err
		}
		if !b.used[step] && !kept[l.Blob.Digest] {
			if err := os.Remove(file); err != nil {
				return fmt.Errorf("deleting an unused layer's record: %w", err)
			}
			continue
		}
		blobs[l.Blob.Digest] = true
	}
	return b.store.Keep(blobs)
}

// kept are the digests of the layers that images of other runs have.
func (b *Builder) kept() (map[string]bool, error) {
	records, err := filepath.Glob(b.recordFile("image-*"))
	if err != nil {
		return nil, fmt.Errorf("looking for unused layers: %w", err)
	}
	digests := map[string]bool{}
	for _, file := range records {
		step := filepath.Base(file[:len(file)-len(".json")])
		var r imageRecord
		if err := b.read(step, &r); err != nil {
			return nil, err
		}
		for _, digest := range r.Layers {
			digests[digest] = true
		}
	}
	return digests, nil
}
