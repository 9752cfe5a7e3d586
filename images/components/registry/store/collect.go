package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Collected is what one collection removed.
type Collected struct{ Blobs, Links, Repositories int }

// Collect removes links to layers that no image of their repository refers to, blobs that no repository refers to, and repositories without
// anything in them. What is younger than grace stays: its image may be on the way. No manifest may be written meanwhile.
func (s Store) Collect(now time.Time, grace time.Duration) (Collected, error) {
	c := Collected{}
	m, err := s.mark(now.Add(-grace))
	if err != nil {
		return c, fmt.Errorf("nothing is collected: %w", err)
	}
	for _, link := range m.unused() {
		if err := os.RemoveAll(filepath.Dir(link)); err != nil {
			return c, err
		}
		c.Links++
	}
	if c.Blobs, err = s.sweep(m); err != nil {
		return c, err
	}
	c.Repositories, err = s.removeEmpty(m)
	return c, err
}

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

// sweep removes blobs. A blob that was completed a moment ago is in a directory that was made then.
func (s Store) sweep(m *marks) (removed int, err error) {
	err = filepath.WalkDir(s.blobs(), func(dir string, d fs.DirEntry, err error) error {
		if missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(s.blobs(), dir)
		if err != nil {
			return err
		}
		segments := strings.Split(filepath.ToSlash(relative), "/")
		if len(segments) != 3 || !d.IsDir() {
			return nil
		}
		if m.used[segments[0]+":"+segments[2]] || m.isYoung(dir) || m.isYoung(filepath.Join(dir, "data")) {
			return fs.SkipDir
		}
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
		removed++
		return fs.SkipDir
	})
	return removed, err
}

// removeEmpty removes repositories without anything, and the directories above them that hold nothing else.
func (s Store) removeEmpty(m *marks) (removed int, err error) {
	for repository := range m.seen {
		if m.filled[repository] {
			continue
		}
		dir := filepath.Join(s.repositories(), filepath.FromSlash(repository))
		for _, part := range []string{"_layers", "_manifests", "_uploads"} {
			if err := os.RemoveAll(filepath.Join(dir, part)); err != nil {
				return removed, err
			}
		}
		removed++
		for ; dir != s.repositories(); dir = filepath.Dir(dir) {
			if os.Remove(dir) != nil { // something else is in it
				break
			}
		}
	}
	return removed, nil
}
