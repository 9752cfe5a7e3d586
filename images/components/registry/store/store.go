// Package store reads and cleans what the registry keeps on its volume: how much of it belongs to whom, and what no image refers to any more.
// Upstream's layout of files is its published interface; upstream itself has no quotas, and its collector needs a registry without
// writers and keeps what only another owner's images still refer to.
package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/sys/unix"
)

// Public is the owner of the service's own images, which every machine may pull and no customer may change.
const Public = "lotse"

// Store is the volume of a registry.
type Store struct{ root string }

// Open the volume at the root directory of upstream's filesystem driver.
func Open(root string) Store { return Store{root} }

// subscription IDs are GUIDs in lower case.
var subscription = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// IsSubscription reports whether an owner of repositories is a subscription.
func IsSubscription(owner string) bool { return subscription.MatchString(owner) }

func (s Store) repositories() string {
	return filepath.Join(s.root, "docker", "registry", "v2", "repositories")
}

func (s Store) blobs() string { return filepath.Join(s.root, "docker", "registry", "v2", "blobs") }

// blob is the directory of a blob, by a digest "algorithm:hex"; empty if it is none.
func (s Store) blob(digest string) string {
	algorithm, hex, ok := strings.Cut(digest, ":")
	if !ok || len(hex) < 2 {
		return ""
	}
	return filepath.Join(s.blobs(), algorithm, hex[:2], hex)
}

// size of a blob in bytes; 0 if it is not there.
func (s Store) size(digest string) int64 {
	info, err := os.Stat(filepath.Join(s.blob(digest), "data"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Has reports whether a repository exists, also one without any image yet.
func (s Store) Has(repository string) bool {
	for _, part := range []string{"_manifests", "_layers", "_uploads"} {
		if _, err := os.Stat(filepath.Join(s.repositories(), filepath.FromSlash(repository), part)); err == nil {
			return true
		}
	}
	return false
}

// Tagged is the digest that a tag refers to; empty if there is no such tag.
func (s Store) Tagged(repository, tag string) string {
	link := filepath.Join(s.repositories(), filepath.FromSlash(repository), "_manifests", "tags", tag, "current", "link")
	digest, err := os.ReadFile(link)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(digest))
}

// Uploaded is how many bytes of an unfinished upload have arrived.
func (s Store) Uploaded(repository, id string) int64 {
	info, err := os.Stat(filepath.Join(s.upload(repository, id), "data"))
	if err != nil {
		return 0
	}
	return info.Size()
}

// Abandon removes an unfinished upload.
func (s Store) Abandon(repository, id string) error { return os.RemoveAll(s.upload(repository, id)) }

func (s Store) upload(repository, id string) string {
	return filepath.Join(s.repositories(), filepath.FromSlash(repository), "_uploads", id)
}

// Forget removes every repository of an owner. Its blobs go when they are collected.
func (s Store) Forget(owner string) error {
	if !IsSubscription(owner) {
		return errors.New("only a subscription's repositories can be forgotten")
	}
	return os.RemoveAll(filepath.Join(s.repositories(), owner))
}

// Free is the share of the volume's file system that is free, from 0 to 1.
func (s Store) Free() (float64, error) {
	var f unix.Statfs_t
	if err := unix.Statfs(s.root, &f); err != nil {
		return 0, err
	}
	return float64(f.Bavail) / float64(max(f.Blocks, 1)), nil
}

// missing reports whether something was removed while it was looked at, which is no error.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
