package store

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Manifest of an image or of an index of images.
type Manifest struct {
	Digest string   `json:"digest"`
	Tags   []string `json:"tags"`
	// Bytes of the manifest and of what it refers to.
	Bytes int64 `json:"bytes"`
	// Pushed for the first time.
	Pushed time.Time `json:"pushed"`
}

// Manifests of a repository, those without a tag too, by the time they were pushed.
func (s Store) Manifests(repository string) ([]Manifest, error) {
	dir := filepath.Join(s.repositories(), filepath.FromSlash(repository), "_manifests")
	tags := map[string][]string{}
	entries, err := os.ReadDir(filepath.Join(dir, "tags"))
	if err != nil && !missing(err) {
		return nil, err
	}
	for _, e := range entries { // in the order of their names
		digest := s.Tagged(repository, e.Name())
		tags[digest] = append(tags[digest], e.Name())
	}
	all := []Manifest{}
	err = s.walk(filepath.Join(dir, "revisions"), func(_, part string, rest []string, file string) {
		digest := linkedDigest(part, rest)
		info, failed := os.Stat(file)
		if digest == "" || failed != nil {
			return
		}
		all = append(all, Manifest{digest, append([]string{}, tags[digest]...), s.whole(digest), info.ModTime().UTC().Truncate(time.Second)})
	})
	slices.SortFunc(all, func(a, b Manifest) int {
		if by := a.Pushed.Compare(b.Pushed); by != 0 {
			return by
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return all, err
}

// whole size of a manifest and of what it refers to, each once.
func (s Store) whole(digest string) int64 {
	parts := map[string]bool{digest: true}
	if text, err := os.ReadFile(filepath.Join(s.blob(digest), "data")); err == nil {
		var manifest any
		if json.Unmarshal(text, &manifest) == nil {
			digests(manifest, func(d string) { parts[d] = true })
		}
	}
	sum := int64(0)
	for part := range parts {
		sum += s.size(part)
	}
	return sum
}
