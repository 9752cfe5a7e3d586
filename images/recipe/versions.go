package recipe

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// versions reads version numbers out of the repository and keeps what went wrong, so that a table of them stays a table.
type versions struct {
	root string
	err  error
}

// of is the version of module that the go.mod in dir requires.
func (v *versions) of(dir, module string) string {
	content := v.read(filepath.Join(dir, "go.mod"))
	for line := range strings.Lines(content) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) >= 2 && fields[0] == module && strings.HasPrefix(fields[1], "v") {
			return fields[1]
		}
	}
	v.fail(fmt.Errorf("%s/go.mod requires no version of %s", dir, module))
	return ""
}

// file is the version a VERSION file holds.
func (v *versions) file(name string) string { return strings.TrimSpace(v.read(name)) }

func (v *versions) read(name string) string {
	content, err := os.ReadFile(filepath.Join(v.root, name))
	if err != nil {
		v.fail(fmt.Errorf("reading a version: %w", err))
	}
	return string(content)
}

func (v *versions) fail(err error) { v.err = errors.Join(v.err, err) }
