// Package debian brings Debian packages into images: single ones unpacked, or a whole tree that runs. Which mirror they come from is
// the business of the building machine's apt, so neither this package nor an image names one.
package debian

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Suite is the Debian release everything comes from.
const Suite = "bookworm"

// Package is a Debian package in an image.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ReadList reads a file of package names, one a line; "#" begins a comment.
func ReadList(file string) ([]string, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the list of Debian packages: %w", err)
	}
	var names []string
	for line := range strings.Lines(string(content)) {
		name, _, _ := strings.Cut(line, "#")
		if name = strings.TrimSpace(name); name != "" {
			names = append(names, name)
		}
	}
	return names, nil
}

// installed lists a tree's packages, after dpkg's record of them.
func installed(root string) ([]Package, error) {
	content, err := os.ReadFile(filepath.Join(root, "var/lib/dpkg/status"))
	if err != nil {
		return nil, fmt.Errorf("reading which packages a tree has: %w", err)
	}
	var all []Package
	for paragraph := range strings.SplitSeq(string(content), "\n\n") {
		var p Package
		for line := range strings.Lines(paragraph) {
			if value, found := strings.CutPrefix(line, "Package: "); found {
				p.Name = strings.TrimSpace(value)
			}
			if value, found := strings.CutPrefix(line, "Version: "); found {
				p.Version = strings.TrimSpace(value)
			}
		}
		if p.Name != "" {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Package) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// fromFile reads name and version off a package file's name, such as busybox-static_1%3a1.35.0-4_amd64.deb.
func fromFile(file string) (Package, error) {
	parts := strings.Split(strings.TrimSuffix(filepath.Base(file), ".deb"), "_")
	if len(parts) != 3 {
		return Package{}, fmt.Errorf("%s is not named like a Debian package", file)
	}
	version, err := url.PathUnescape(parts[1])
	if err != nil {
		return Package{}, fmt.Errorf("%s is not named like a Debian package: %w", file, err)
	}
	return Package{Name: parts[0], Version: version}, nil
}
