package store

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Overhead is what each blob, manifest and tag counts at least, in bytes: many small ones cost the volume and its readers more than their
// bytes alone.
const Overhead = 64 << 10

// Usage of the volume by one owner.
type Usage struct {
	// Bytes of blobs that the owner's repositories link, each counted once, and of unfinished uploads.
	Bytes int64
	// Repositories, and unfinished Uploads in them.
	Repositories, Uploads int
}

// Usage by an owner.
func (s Store) Usage(owner string) (Usage, error) {
	u, linked, seen := Usage{}, map[string]bool{}, map[string]bool{}
	err := s.walk(filepath.Join(s.repositories(), owner), func(repository, part string, rest []string, file string) {
		seen[repository] = true
		switch {
		case part == "_uploads" && len(rest) == 1:
			u.Uploads++
			u.Bytes += Overhead
		case part == "_uploads" && len(rest) == 2 && rest[1] == "data":
			if info, err := os.Stat(file); err == nil {
				u.Bytes += info.Size()
			}
		case part == "_manifests" && len(rest) == 2 && rest[0] == "tags":
			u.Bytes += Overhead
		default:
			if digest := linkedDigest(part, rest); digest != "" {
				linked[digest] = true
			}
		}
	})
	for digest := range linked {
		u.Bytes += max(s.size(digest), Overhead)
	}
	u.Repositories = len(seen)
	return u, err
}

// linkedDigest is the digest of a layer or a manifest that a repository links; empty for other files.
func linkedDigest(part string, rest []string) string {
	if part == "_manifests" && len(rest) > 0 && rest[0] == "revisions" {
		rest = rest[1:]
	} else if part != "_layers" {
		return ""
	}
	if len(rest) != 3 || rest[2] != "link" {
		return ""
	}
	return rest[0] + ":" + rest[1]
}

// walk visits what is in the repositories below a directory: the repository's name relative to all repositories, which of its parts
// ("_layers", "_manifests", "_uploads"), the path below it, and the file.
func (s Store) walk(dir string, visit func(repository, part string, rest []string, file string)) error {
	return filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if missing(err) {
			return nil
		}
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(s.repositories(), file)
		if err != nil {
			return err
		}
		segments := strings.Split(filepath.ToSlash(relative), "/")
		for i, segment := range segments {
			if strings.HasPrefix(segment, "_") { // no repository's name begins so
				visit(strings.Join(segments[:i], "/"), segment, segments[i+1:], file)
				break
			}
		}
		return nil
	})
}
