package command

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// File that is attached to a command.
type File struct {
	// Path below the working directory: relative, clean, without a step up.
	Path    string
	Content []byte
}

// Files of a zip archive. An archive that is damaged, too large in any respect, or not made of plain files inside the working directory is an error that
// names the file. What an archive says of its files' sizes is not believed.
func Files(archive []byte) ([]File, error) {
	if len(archive) > MaxArchive {
		return nil, fmt.Errorf("it has %d bytes; at most %d are allowed", len(archive), MaxArchive)
	}
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	// A name that leads out of the archive is found, with its name, below.
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, errors.New("it is not a zip archive")
	}
	var files []File
	taken, left := map[string]bool{}, MaxContent
	for _, entry := range r.File {
		name, err := cleanPath(entry.Name)
		if err != nil {
			return nil, err
		}
		if entry.Mode().IsDir() {
			continue // directories come with their files
		}
		switch {
		case !entry.Mode().IsRegular():
			return nil, fmt.Errorf("%q is not a plain file", name)
		case len(files) == MaxFiles:
			return nil, fmt.Errorf("it has more than %d files", MaxFiles)
		}
		content, err := read(entry, left)
		if err != nil {
			return nil, fmt.Errorf("%q %w", name, err)
		}
		left -= len(content)
		files = append(files, File{name, content})
		taken[name] = true
	}
	return files, distinct(files, taken)
}

// read a file of at most left bytes.
func read(entry *zip.File, left int) ([]byte, error) {
	content, err := entry.Open()
	if err != nil {
		return nil, errors.New("is compressed in a way that is not known here; use deflate")
	}
	defer content.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(content, int64(left)+1))
	if len(data) > left {
		return nil, fmt.Errorf("is too large: all files together may have %d bytes", MaxContent)
	}
	if err != nil {
		return nil, errors.New("is damaged")
	}
	return data, nil
}

// cleanPath of a file. Some programs write paths with "./" before them.
func cleanPath(name string) (string, error) {
	clean := path.Clean(name)
	unprintable := func(r rune) bool { return !unicode.IsPrint(r) }
	switch {
	case clean == ".", path.IsAbs(name), clean == "..", strings.HasPrefix(clean, "../"):
		return "", fmt.Errorf("%q leads out of the working directory", name)
	case strings.Contains(name, "\\"):
		return "", fmt.Errorf("%q has a backslash; separate directories by slashes", name)
	case len(clean) > MaxPath:
		return "", fmt.Errorf("%q is longer than %d bytes", clean[:32], MaxPath)
	case !utf8.ValidString(name), strings.ContainsFunc(name, unprintable):
		return "", fmt.Errorf("the file name %q has characters that cannot be printed", name)
	case strings.HasPrefix(clean, ".."):
		return "", fmt.Errorf("%q begins with two dots, which no file of a Secret may", name)
	}
	return clean, nil
}

// distinct files: none is there twice, and none is a directory of another.
func distinct(files []File, taken map[string]bool) error {
	if len(taken) < len(files) {
		return errors.New("it has two files of one name")
	}
	for _, f := range files {
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			if taken[dir] {
				return fmt.Errorf("%q is a file and a directory", dir)
			}
		}
	}
	return nil
}
