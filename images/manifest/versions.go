package manifest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// versions reads version numbers out of the repository and keeps what went wrong, so that a table of them stays a table.
type versions struct {
	root string
	err  error
}

// of is the version of module that the go.mod in dir requires.
func (v *versions) of(dir, module string) string {
	required, err := Requirements(filepath.Join(v.root, dir))
	if err != nil {
		v.fail(err)
		return ""
	}
	if required[module] == "" {
		v.fail(fmt.Errorf("%s/go.mod requires no version of %s", dir, module))
	}
	return required[module]
}

// Requirements are the versions that the go.mod in dir requires, by module. They are those of every module whose packages are compiled.
func Requirements(dir string) (map[string]string, error) {
	name := filepath.Join(dir, "go.mod")
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading a module's requirements: %w", err)
	}
	parsed, err := modfile.Parse(name, content, nil)
	if err != nil {
		return nil, fmt.Errorf("reading a module's requirements: %w", err)
	}
	required := map[string]string{}
	for _, r := range parsed.Require {
		required[r.Mod.Path] = r.Mod.Version
	}
	return required, nil
}

// file is the version a VERSION file holds.
func (v *versions) file(name string) string {
	content, err := os.ReadFile(filepath.Join(v.root, name))
	if err != nil {
		v.fail(fmt.Errorf("reading a version: %w", err))
	}
	return strings.TrimSpace(string(content))
}

func (v *versions) fail(err error) { v.err = errors.Join(v.err, err) }
