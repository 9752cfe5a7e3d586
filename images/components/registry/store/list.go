package store

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Repositories with images, after a name and at most some, in the order of their names' parts. more means that there may be others. Upstream's
// list leaves names out, or fails, when it goes on after one.
func (s Store) Repositories(after string, most int) (names []string, more bool, err error) {
	l := list{root: s.repositories(), after: strings.Split(after, "/"), most: most, names: []string{}}
	err = l.below("")
	return l.names, len(l.names) == most, err
}

type list struct {
	root  string
	after []string
	most  int
	names []string
}

// below lists a directory of repositories, and first the repository that it is itself.
func (l *list) below(name string) error {
	children, err := os.ReadDir(filepath.Join(l.root, filepath.FromSlash(name)))
	if missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(l.root, filepath.FromSlash(name), "_manifests")); err == nil && slices.Compare(l.after, strings.Split(name, "/")) < 0 {
		l.names = append(l.names, name)
	}
	for _, c := range children {
		if len(l.names) == l.most {
			return nil
		}
		if strings.HasPrefix(c.Name(), "_") || l.passed(path.Join(name, c.Name())) {
			continue
		}
		if err := l.below(path.Join(name, c.Name())); err != nil {
			return err
		}
	}
	return nil
}

// passed reports whether everything in a directory comes before what is asked for.
func (l *list) passed(name string) bool {
	parts := strings.Split(name, "/")
	return slices.Compare(parts, l.after[:min(len(parts), len(l.after))]) < 0
}
