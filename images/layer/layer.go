// Package layer turns files into the tar archive of an image layer, so that the same files always give the same bytes: entries are
// sorted, every time is the same, and nothing of the machine that builds (owner names, extended attributes, devices) gets in.
package layer

import (
	"archive/tar"
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"time"
)

// Kind is what an entry is.
type Kind byte

// The kinds of entries.
const (
	File    Kind = tar.TypeReg
	Dir     Kind = tar.TypeDir
	Symlink Kind = tar.TypeSymlink
	Link    Kind = tar.TypeLink // a hard link to an entry that sorts before it
)

// Entry is one file, directory or link of a layer.
type Entry struct {
	Path    string // relative to the image's root, without a leading slash
	Kind    Kind
	Mode    int64  // permission, setuid, setgid and sticky bits
	Owner   int    // numeric user
	Group   int    // numeric group
	Target  string // of links
	Source  string // a file's content is this file's, or else Content
	Content []byte
}

// Write writes the entries as a tar archive. Parent directories that are not listed are added as root's, mode 0755.
func Write(w io.Writer, entries []Entry) error {
	archive := tar.NewWriter(w)
	for _, e := range withParents(entries) {
		if err := write(archive, e); err != nil {
			return fmt.Errorf("layer entry %s: %w", e.Path, err)
		}
	}
	return archive.Close()
}

// withParents sorts by path. A directory's name is a prefix of what lies in it, so it comes first.
func withParents(entries []Entry) []Entry {
	all := slices.Clone(entries)
	seen := map[string]bool{".": true}
	for _, e := range entries {
		seen[e.Path] = true
	}
	for _, e := range entries {
		for dir := path.Dir(e.Path); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			all = append(all, Entry{Path: dir, Kind: Dir, Mode: 0o755})
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return all
}

func write(archive *tar.Writer, e Entry) error {
	header := &tar.Header{
		Name: e.Path, Typeflag: byte(e.Kind), Mode: e.Mode, Uid: e.Owner, Gid: e.Group, Linkname: e.Target,
		ModTime: time.Unix(0, 0), Format: tar.FormatPAX,
	}
	if e.Kind == Dir {
		header.Name += "/"
	}
	if e.Kind != File {
		return archive.WriteHeader(header)
	}
	content, size, err := open(e)
	if err != nil {
		return err
	}
	defer content.Close()
	header.Size = size
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, content)
	return err
}

func open(e Entry) (io.ReadCloser, int64, error) {
	if e.Source == "" {
		return io.NopCloser(bytes.NewReader(e.Content)), int64(len(e.Content)), nil
	}
	file, err := os.Open(e.Source)
	if err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, err
	}
	return file, info.Size(), nil
}
