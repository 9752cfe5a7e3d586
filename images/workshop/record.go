package workshop

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"lotse.dev/images/inputs"
)

// read loads the record of a step into value. There being none is not an error: the step is then done.
func (w *Workshop) read(step string, value any) error {
	content, err := os.ReadFile(w.recordFile(step))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(content, value)
	}
	if err != nil {
		return fmt.Errorf("record of step %s is damaged; delete %s: %w", step, w.recordFile(step), err)
	}
	return nil
}

// write stores the record of a step, after the step's output is in place.
func (w *Workshop) write(step string, value any) error {
	content, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("recording step %s: %w", step, err)
	}
	return replace(w.recordFile(step), content)
}

func (w *Workshop) recordFile(step string) string { return w.path(".build/records/" + step + ".json") }

func replace(name string, content []byte) error {
	temporary := filepath.Join(filepath.Dir(name), "."+filepath.Base(name))
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.Rename(temporary, name); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return nil
}

// builder adds the code that makes layers to a layer's key: when it changes, they are made again.
func (w *Workshop) builder(k *inputs.Key, packages ...string) *inputs.Key {
	for _, p := range packages {
		k.Tree(filepath.Join(w.root, "images", p))
	}
	return k
}

// collect deletes layers and their records that this run did not use.
func (w *Workshop) collect() error {
	records, err := filepath.Glob(w.recordFile("layer-*"))
	if err != nil {
		return fmt.Errorf("looking for unused layers: %w", err)
	}
	blobs := map[string]bool{}
	for _, file := range records {
		step := filepath.Base(file[:len(file)-len(".json")])
		if !w.used[step] {
			if err := os.Remove(file); err != nil {
				return fmt.Errorf("deleting an unused layer's record: %w", err)
			}
			continue
		}
		var l layerRecord
		if err := w.read(step, &l); err != nil {
			return err
		}
		blobs[l.Blob.Digest] = true
	}
	return w.store.Keep(blobs)
}
