package bundle

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Part of a bundle. Collect adds files and returns what could not be collected.
type Part struct {
	Name    string
	Collect func(ctx context.Context, add Add) error
}

// Add a file to a bundle.
type Add func(name string, content []byte)

// Limits of each part, of each of its files, and of each log of a program.
const (
	limit    = 30 * time.Second
	maxBytes = 10 << 20
	maxLog   = 2 << 20
)

// Entry describes a part in the bundle.
type Entry struct {
	Part  string
	Files int
	Bytes int
	// Problem is what could not be collected.
	Problem error
}

// Write a bundle as tar.gz. All its files are in one directory of the given name.
func Write(ctx context.Context, w io.Writer, directory string, at time.Time, parts []Part) ([]Entry, error) {
	zipped := gzip.NewWriter(w)
	archive := tar.NewWriter(zipped)
	var entries []Entry
	var failed error
	for _, p := range parts {
		entry := Entry{Part: p.Name}
		add := func(name string, content []byte) {
			content = Redact(bounded(content))
			entry.Files++
			entry.Bytes += len(content)
			header := &tar.Header{Name: path.Join(directory, p.Name, clean(name)), Mode: 0o600, Size: int64(len(content)), ModTime: at}
			if err := archive.WriteHeader(header); err != nil {
				failed = errors.Join(failed, err)
				return
			}
			_, err := archive.Write(content)
			failed = errors.Join(failed, err)
		}
		if entry.Problem = collect(ctx, p, add); entry.Problem != nil {
			add("PROBLEM", []byte(entry.Problem.Error()+"\n"))
		}
		entries = append(entries, entry)
	}
	if err := errors.Join(failed, archive.Close(), zipped.Close()); err != nil {
		return entries, fmt.Errorf("writing the bundle: %w", err)
	}
	return entries, nil
}

func collect(ctx context.Context, p Part, add Add) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return p.Collect(ctx, add)
}

// clean returns a name that stays inside the bundle's directory.
func clean(name string) string { return strings.TrimPrefix(path.Clean("/"+name), "/") }

// bounded keeps the end, which has the newest lines.
func bounded(content []byte) []byte {
	if len(content) <= maxBytes {
		return content
	}
	return append([]byte("… the beginning was left out …\n"), content[len(content)-maxBytes:]...)
}
