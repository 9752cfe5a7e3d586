package manifest

import (
	"cmp"
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
func (v *versions) of(dir, module string) string { return v.in(dir, "", module) }

// in is the version of module that a file in dir requires, which is go.mod where none is named.
func (v *versions) in(dir, file, module string) string {
	name := filepath.Join(dir, cmp.Or(file, "go.mod"))
	required, err := ReadRequirements(filepath.Join(v.root, name))
	if err != nil {
		v.fail(err)
		return ""
	}
	if required.Versions[module] == "" {
		v.fail(fmt.Errorf("%s requires no version of %s", name, module))
	}
	return required.Versions[module]
}

// Requirements of a module.
type Requirements struct {
	// Versions by module. They are those of every module whose packages are compiled.
	Versions map[string]string
	// Held are the modules of an older Kubernetes, which have to stay at its version.
	Held map[string]bool
}

// ReadRequirements reads a go.mod, or a file that takes its place.
func ReadRequirements(name string) (Requirements, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return Requirements{}, fmt.Errorf("reading a module's requirements: %w", err)
	}
	parsed, err := modfile.Parse(name, content, nil)
	if err != nil {
		return Requirements{}, fmt.Errorf("reading a module's requirements: %w", err)
	}
	r := Requirements{Versions: map[string]string{}, Held: map[string]bool{}}
	for _, required := range parsed.Require {
		r.Versions[required.Mod.Path] = required.Mod.Version
	}
	if filepath.Base(name) != "go.mod" { // the newest Kubernetes agrees with everything else
		r.Held["k8s.io/kubernetes"] = true
		for _, replaced := range parsed.Replace {
			r.Held[replaced.Old.Path] = true
		}
	}
	return r, nil
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
