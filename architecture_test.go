package lotse

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "lotse.dev"

// behaviours reconcile one kind each. They meet in specs and statuses, never in imports.
var behaviours = []string{"agentpool", "autoupgrade", "cluster", "machine", "powerschedule", "resourcegroup", "scaleset", "subscription"}

// vocabulary under a behaviour's name may be imported by every package: it holds no behaviour.
var vocabulary = []string{"machine/boot", "machine/size"}

// pkg is one package of this module: its directory, its documentation and what it imports from this module (as directories).
type pkg struct {
	dir     string
	doc     string
	imports []string // tests excluded
	all     []string // every import path, tests excluded
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	for _, p := range packages(t) {
		if strings.TrimSpace(p.doc) == "" {
			t.Errorf("%s has no package comment: say in one paragraph what the package is for", p.dir)
		}
	}
}

func TestPackagesAreNamedAfterWhatTheyHold(t *testing.T) {
	forbidden := []string{"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers", "shared", "lib"}
	for _, p := range packages(t) {
		if slices.Contains(forbidden, path.Base(p.dir)) {
			t.Errorf("%s: name the package after the noun it holds", p.dir)
		}
	}
}

func TestBehavioursDoNotImportEachOther(t *testing.T) {
	for _, p := range packages(t) {
		from := behaviourOf(p.dir)
		if from == "" {
			continue
		}
		for _, i := range p.imports {
			if to := behaviourOf(i); to != "" && to != from {
				t.Errorf("%s imports %s: behaviours meet in specs and statuses", p.dir, i)
			}
		}
	}
}

func TestTheFrontDoorNeverImportsAController(t *testing.T) {
	for _, p := range packages(t) {
		if !within(p.dir, "arm") && !within(p.dir, "portal") {
			continue
		}
		for _, i := range p.imports {
			if behaviourOf(i) != "" || within(i, "controlplane") || within(i, "addons") || within(i, "management") {
				t.Errorf("%s imports %s: the front door reads and writes custom resources only", p.dir, i)
			}
		}
	}
}

func TestTheCommandLineSpeaksOnlyTheFrontDoor(t *testing.T) {
	for _, p := range packages(t) {
		if !within(p.dir, "client") {
			continue
		}
		for _, i := range p.imports {
			if !within(i, "client") && !within(i, "arm") {
				t.Errorf("%s imports %s: clients know the wire and nothing behind it", p.dir, i)
			}
		}
	}
}

func TestTheVocabularyImportsNothing(t *testing.T) {
	for _, p := range packages(t) {
		if !within(p.dir, "api") && !slices.Contains(vocabulary, p.dir) {
			continue
		}
		for _, i := range p.imports {
			if !within(i, "api") {
				t.Errorf("%s imports %s: everything depends on the vocabulary, so it depends on nothing", p.dir, i)
			}
		}
	}
}

// libraries are used by several layers, so they depend on none of them. Package file stands on nothing, so they may use it.
var libraries = []string{"audit", "capacity", "file", "pki", "probe", "securitycontext"}

func TestLibrariesDependOnTheVocabularyAlone(t *testing.T) {
	for _, p := range packages(t) {
		for _, i := range p.imports {
			if slices.Contains(libraries, p.dir) && !within(i, "api") && i != "file" {
				t.Errorf("%s imports %s: several layers use it, so it must depend on none of them", p.dir, i)
			}
		}
	}
}

func TestWhatEveryControllerImportsImportsNoBehaviour(t *testing.T) {
	mayImport := map[string][]string{
		"telemetry": {"api", "pki", "telemetry"}, "operation": {"api", "operation"}, "reconcile": {"api", "telemetry", "reconcile"},
	}
	for _, p := range packages(t) {
		allowed, restricted := mayImport[strings.Split(p.dir, "/")[0]]
		for _, i := range p.imports {
			if restricted && !slices.ContainsFunc(allowed, func(root string) bool { return within(i, root) }) {
				t.Errorf("%s imports %s: every controller imports it, so it imports only %s", p.dir, i, strings.Join(allowed, ", "))
			}
		}
	}
}

func TestTheFrontDoorEndsNoOperation(t *testing.T) {
	for _, p := range packages(t) {
		if !within(p.dir, "arm") && !within(p.dir, "portal") && !within(p.dir, "client") {
			continue
		}
		for _, i := range p.imports {
			if within(i, "operation") || within(i, "reconcile") {
				t.Errorf("%s imports %s: controllers write operations, the front door reads them (api/v1alpha1)", p.dir, i)
			}
		}
	}
}

func TestTheNodeAgentLinksNoKubernetesClient(t *testing.T) {
	heavy := []string{"k8s.io/api", "k8s.io/apimachinery", "k8s.io/client-go", "k8s.io/kubelet", "sigs.k8s.io/controller-runtime"}
	for _, p := range packages(t) {
		if !within(p.dir, "machine/agent") {
			continue
		}
		for _, i := range p.imports {
			if !within(i, "machine/agent") && i != "machine/boot" {
				t.Errorf("%s imports %s: the agent knows its boot file and nothing else of the service", p.dir, i)
			}
		}
		for _, i := range p.all {
			if slices.ContainsFunc(heavy, func(h string) bool { return within(i, h) }) {
				t.Errorf("%s imports %s: PID 1 of a machine stays small", p.dir, i)
			}
		}
	}
}

func TestTheContractIsPure(t *testing.T) {
	impure := []string{"context", "os", "net", "net/http", "io", "database/sql", "sigs.k8s.io/controller-runtime", "k8s.io/client-go"}
	for _, p := range packages(t) {
		if !within(p.dir, "contract") {
			continue
		}
		for _, i := range p.all {
			for _, bad := range impure {
				if i == bad || strings.HasPrefix(i, bad+"/") {
					t.Errorf("%s imports %s: a clause is a function of facts and a time", p.dir, i)
				}
			}
		}
	}
}

func TestNothingImportsACommand(t *testing.T) {
	for _, p := range packages(t) {
		for _, i := range p.imports {
			if within(i, "cmd") && !within(p.dir, "cmd") {
				t.Errorf("%s imports %s", p.dir, i)
			}
		}
	}
}

func TestContributingNamesFilesThatExist(t *testing.T) {
	text, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, path := range regexp.MustCompile("`([a-z0-9.-]+(?:/[A-Za-z0-9._-]+)+)`").FindAllStringSubmatch(string(text), -1) {
		found++
		if _, err := os.Stat(path[1]); err != nil && !strings.HasPrefix(path[1], "out/") && !strings.HasPrefix(path[1], "k8s.io/") {
			t.Errorf("CONTRIBUTING.md names %s, which does not exist", path[1])
		}
	}
	if found < 20 {
		t.Errorf("found only %d paths in CONTRIBUTING.md: the test looks for the wrong thing", found)
	}
}

func behaviourOf(dir string) string {
	if slices.Contains(vocabulary, dir) || within(dir, "machine/agent") {
		return ""
	}
	for _, b := range behaviours {
		if within(dir, b) {
			return b
		}
	}
	return ""
}

func within(dir, root string) bool {
	return dir == root || strings.HasPrefix(dir, root+"/")
}

// packages reads the tree from its source. Modules of their own (images/…) are other trees.
func packages(t *testing.T) []pkg {
	t.Helper()
	found := map[string]*pkg{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enter(file, d)
		case strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go"):
			return read(found, filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 5 {
		t.Fatalf("found only %d packages: the test looks at the wrong place", len(found))
	}
	all := make([]pkg, 0, len(found))
	for _, p := range found {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b pkg) int { return strings.Compare(a.dir, b.dir) })
	return all
}

func enter(dir string, d fs.DirEntry) error {
	if dir == "." {
		return nil
	}
	if strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || dir == "out" {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

func read(found map[string]*pkg, file string) error {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	dir := path.Dir(file)
	p := found[dir]
	if p == nil {
		p = &pkg{dir: dir}
		found[dir] = p
	}
	p.doc += docOf(f)
	for _, spec := range f.Imports {
		i, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		p.all = append(p.all, i)
		if rest, ok := strings.CutPrefix(i, module+"/"); ok {
			p.imports = append(p.imports, rest)
		}
	}
	return nil
}

func docOf(f *ast.File) string {
	if f.Doc == nil {
		return ""
	}
	return f.Doc.Text()
}
