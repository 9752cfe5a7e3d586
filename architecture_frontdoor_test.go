package lotse

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// realTime are the files of the front door that may read the real time, and why.
var realTime = map[string]string{
	"arm/middleware/timeout.go": "deadlines of connections are the kernel's",
}

func TestTheFrontDoorReadsTheTimeFromItsClock(t *testing.T) {
	for _, root := range []string{"arm", "identity"} {
		err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") || realTime[filepath.ToSlash(file)] != "" {
				return err
			}
			positions := token.NewFileSet()
			parsed, err := parser.ParseFile(positions, file, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				if readsRealTime(n) {
					t.Errorf("%s: take the time from the injected clock", positions.Position(n.Pos()))
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// readsRealTime reports a use of time.Now and of what is made from it.
func readsRealTime(n ast.Node) bool {
	s, ok := n.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	name, ok := s.X.(*ast.Ident)
	return ok && name.Name == "time" && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name)
}

func TestDecisionsOfTheFrontDoorArePure(t *testing.T) {
	pure := []string{
		"arm/containerservice/admission", "arm/containerservice/plan", "arm/containerservice/request", "arm/containerservice/state", "arm/containerservice/wire",
	}
	impure := []string{"context", "net/http", "os", "io", "k8s.io/utils/clock", "sigs.k8s.io/controller-runtime", "k8s.io/client-go", module + "/arm/route"}
	seen := 0
	for _, p := range packages(t) {
		if !slices.Contains(pure, p.dir) {
			continue
		}
		seen++
		for _, i := range p.all {
			for _, bad := range impure {
				if i == bad || strings.HasPrefix(i, bad+"/") {
					t.Errorf("%s imports %s: the handler reads the facts, this package decides by them", p.dir, i)
				}
			}
		}
	}
	if seen != len(pure) {
		t.Errorf("found %d of the packages %v", seen, pure)
	}
}

func TestResourceProvidersDoNotImportEachOther(t *testing.T) {
	const registration = "arm/provider"
	all, providers := packages(t), []string{}
	for _, p := range all {
		if path.Dir(p.dir) == "arm" && slices.Contains(p.imports, registration) {
			providers = append(providers, p.dir)
		}
	}
	if len(providers) < 5 {
		t.Fatalf("found only the resource providers %v", providers)
	}
	for _, p := range all {
		from := providerOf(providers, p.dir)
		if from == "" {
			continue
		}
		for _, i := range p.imports {
			if to := providerOf(providers, i); to != "" && to != from {
				t.Errorf("%s imports %s: a resource provider is one package and one line in arm/server.go", p.dir, i)
			}
		}
	}
}

func providerOf(providers []string, dir string) string {
	for _, p := range providers {
		if within(dir, p) {
			return p
		}
	}
	return ""
}
