package store

import (
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
// anything in them. Files that are younger than grace stay: the push of their image may not have ended. No manifest may be written meanwhile.
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
