package builder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lotse.dev/images/manifest"
)

// Packages that programs and tests share are compiled once only if the flags are the same.
func TestMakeCompilesTestsWithTheFlagsOfPrograms(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"export GOFLAGS := " + strings.Join(goFlags, " ") + "\n", "export CGO_ENABLED := 0\n"} {
		if !strings.Contains(string(makefile), line) {
			t.Errorf("the Makefile lacks %q", line)
		}
	}
}

func TestImportPath(t *testing.T) {
	root := t.TempDir()
	put(t, root, "go.mod", "module example.org/root\n")
	put(t, root, "component/go.mod", "module example.org/component // with a comment\n")
	for sentence, c := range map[string]struct {
		program manifest.Program
		want    string
	}{
		"a module's own package is named like it": {manifest.Program{Dir: "component", Package: "."}, "example.org/component"},
		"a directory is below its module":         {manifest.Program{Dir: ".", Package: "./cmd/own"}, "example.org/root/cmd/own"},
		"an upstream package has its own name":    {manifest.Program{Dir: "component", Package: "example.com/a/b"}, "example.com/a/b"},
	} {
		t.Run(sentence, func(t *testing.T) {
			b := &Builder{root: root}
			if got, err := b.importPath(c.program); got != c.want || err != nil {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
	if _, err := (&Builder{root: root}).importPath(manifest.Program{Dir: filepath.Join("no", "where"), Package: "."}); err == nil {
		t.Error("a module that is not there has a package")
	}
}
