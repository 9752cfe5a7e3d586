package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// marks are what repositories refer to.
type marks struct {
	young time.Time
	// used digests of all repositories, and of each.
	used         map[string]bool
	inRepository map[string]map[string]bool
	// layers that are linked, by the file of the link.
	layers map[string]layer
	// filled are repositories with anything in them, of those that are seen.
	filled, seen map[string]bool
}

type layer struct{ repository, digest string }

// mark everything before anything is removed: an error means that something in use might not be known.
func (s Store) mark(young time.Time) (*marks, error) {
	m := &marks{
		young: young, used: map[string]bool{}, inRepository: map[string]map[string]bool{}, layers: map[string]layer{},
		filled: map[string]bool{}, seen: map[string]bool{},
	}
	var failed error
	err := s.walk(s.repositories(), func(repository, part string, rest []string, file string) {
		m.seen[repository] = true
		if len(rest) == 0 {
			m.filled[repository] = m.filled[repository] || m.isYoung(file)
			return
		}
		digest := linkedDigest(part, rest)
		switch {
		case part == "_uploads":
			m.filled[repository] = true
		case digest == "":
		case part == "_layers":
			m.layers[file] = layer{repository, digest}
			if m.isYoung(file) {
				m.use(repository, digest)
			}
		default:
			failed = errors.Join(failed, s.markManifest(m, repository, digest))
		}
	})
	return m, errors.Join(err, failed)
}

func (m *marks) use(repository, digest string) {
	if m.inRepository[repository] == nil {
		m.inRepository[repository] = map[string]bool{}
	}
	m.inRepository[repository][digest], m.used[digest], m.filled[repository] = true, true, true
}

func (m *marks) isYoung(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.ModTime().After(m.young)
}

// markManifest marks a manifest and each digest in it: its configuration, layers, images of an index and subject.
func (s Store) markManifest(m *marks, repository, digest string) error {
	m.use(repository, digest)
	text, err := os.ReadFile(filepath.Join(s.blob(digest), "data"))
	if missing(err) {
		return nil // no image can be pulled by it
	}
	if err != nil {
		return err
	}
	var manifest any
	if err := json.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("manifest %s of %s: %w", digest, repository, err)
	}
	digests(manifest, func(d string) { m.use(repository, d) })
	return nil
}

// digests in a document, wherever they stand. "blobSum" is the name in manifests of the first schema.
func digests(document any, found func(string)) {
	switch d := document.(type) {
	case map[string]any:
		for key, value := range d {
			if text, ok := value.(string); ok && (key == "digest" || key == "blobSum") {
				found(text)
			}
			digests(value, found)
		}
	case []any:
		for _, value := range d {
			digests(value, found)
		}
	}
}

// unused links to layers.
func (m *marks) unused() (files []string) {
	for file, l := range m.layers {
		if !m.inRepository[l.repository][l.digest] {
			files = append(files, file)
		}
	}
	return files
}
