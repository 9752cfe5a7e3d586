package lotse

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lotse.dev/api/v1alpha1"
)

// TestOnlyPackageOperationWritesOperations: many packages decide how an operation goes on and ends, and one writes it.
func TestOnlyPackageOperationWritesOperations(t *testing.T) {
	for file, syntax := range sources(t) {
		if within(path.Dir(file), "operation") || within(path.Dir(file), "api") {
			continue
		}
		for n := range ast.Preorder(syntax) {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, to := range n.Lhs {
					if written := progressField(to); written != "" && !ownStatus(file, written) {
						t.Errorf("%s assigns %s: return an operation.Outcome and call operation.Settle", file, written)
					}
				}
			case *ast.SelectorExpr:
				if n.Sel.Name == "SetStatusCondition" {
					t.Errorf("%s calls SetStatusCondition: use operation.SetConditions", file)
				}
			case *ast.CompositeLit:
				if s, ok := n.Type.(*ast.SelectorExpr); ok && isPackage(s.X) == "v1alpha1" && s.Sel.Name == "Progress" {
					t.Errorf("%s makes a Progress: use operation.Settle", file)
				}
			}
		}
	}
}

// progressField is the field of Progress that an expression is, by its name; "" if it is none.
func progressField(e ast.Expr) string {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Operations" && s.Sel.Name != "ObservedGeneration" {
		return ""
	}
	return s.Sel.Name
}

// ownStatus reports whether a field only has the name of one of Progress: a machine's status, and the front door's answer about operations.
func ownStatus(file, field string) bool {
	return field == "ObservedGeneration" && within(path.Dir(file), "machine") || field == "Operations" && within(path.Dir(file), "arm/operator")
}

// TestOnlyPackageReconcileBuildsControllers: bounds, rate limits, tracing and what a conflict means are the same for every controller.
func TestOnlyPackageReconcileBuildsControllers(t *testing.T) {
	for file, syntax := range sources(t) {
		if within(path.Dir(file), "reconcile") {
			continue
		}
		for n := range ast.Preorder(syntax) {
			if id, ok := n.(*ast.Ident); ok && id.Name == "MaxConcurrentReconciles" {
				t.Errorf("%s names MaxConcurrentReconciles: reconcile.Complete sets it", file)
			}
			call, ok := n.(*ast.CallExpr)
			if !ok {
				continue
			}
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Complete" && isPackage(s.X) == "" {
				t.Errorf("%s completes a controller's builder: call reconcile.Complete", file)
			}
		}
	}
}

// isPackage is the name of the imported package that an expression is; "" if it is something else.
func isPackage(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok && id.Obj == nil {
		return id.Name
	}
	return ""
}

// namesComponents are directories and files in which the name of a component means something else: a program, or a certificate's subject.
var namesComponents = []string{
	"apitest", "bench/byhand", "images", "management/host", "management/teardown/process.go",
	"controlplane/controllermanager.go", "controlplane/scheduler.go", "controlplane/credentials",
}

// TestComponentsAreNamedInTheVocabulary: each component's name stands once, in api/v1alpha1/component.go.
func TestComponentsAreNamedInTheVocabulary(t *testing.T) {
	for file, syntax := range sources(t) {
		if within(file, "api") || slices.ContainsFunc(namesComponents, func(root string) bool { return within(file, root) }) {
			continue
		}
		ast.Inspect(syntax, func(n ast.Node) bool {
			if n, ok := n.(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(n.Value); err == nil && slices.Contains(v1alpha1.ComponentNames, text) {
					t.Errorf("%s names component %s: use the constant of api/v1alpha1", file, text)
				}
			}
			return true
		})
	}
}

// sources of this module by their path, tests excluded.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	found := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			return enter(file, d)
		case !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		syntax, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		found[filepath.ToSlash(file)] = syntax
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
