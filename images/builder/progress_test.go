package builder

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func set(names ...string) map[string]bool {
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
	}
	return all
}

func TestProgressSaysWhatIsMadeAndHowFarItIs(t *testing.T) {
	debian := &task{name: "Debian packages of node", state: "installing"}
	for sentence, c := range map[string]struct {
		tasks []*task
		want  string
	}{
		"a task that counts nothing says what it does": {
			[]*task{debian}, " 1:05  Debian packages of node: installing",
		},
		"before packages are counted there is no total": {
			[]*task{{name: "etcd", compiled: set("a", "b"), last: "b"}}, " 1:05  etcd: 2 packages compiled, at b",
		},
		"afterwards there is": {
			[]*task{{name: "etcd", compiled: set("a", "b"), stale: set("a", "b", "c"), last: "b"}}, " 1:05  etcd: 2 of 3 packages compiled, at b",
		},
		"what was compiled before the count is in the total too": {
			[]*task{{name: "etcd", compiled: set("a", "b"), stale: set("b", "c"), last: "b"}}, " 1:05  etcd: 2 of 3 packages compiled, at b",
		},
		"tasks that go on at the same time share the line": {
			[]*task{debian, {name: "etcd", state: "linking, after 3 packages"}},
			" 1:05  Debian packages of node: installing; etcd: linking, after 3 packages",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := progressLine(65*time.Second, c.tasks); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheCompilersOutputIsSorted(t *testing.T) {
	var packages, modules []string
	o := compilerOutput{
		each:     func(p string) { packages = append(packages, p) },
		download: func(m string) { modules = append(modules, m) },
	}
	for _, piece := range []string{"go: downloading k8s.io/api v0.37.2\ncontext\nk8s.io/", "api/core/v1\n# example.org/x\nx.go:3:1: undefined: y\n"} {
		if _, err := o.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if want := []string{"context", "k8s.io/api/core/v1"}; !slices.Equal(packages, want) {
		t.Errorf("packages %v, want %v", packages, want)
	}
	if want := []string{"k8s.io/api v0.37.2"}; !slices.Equal(modules, want) {
		t.Errorf("modules %v, want %v", modules, want)
	}
	if rest := o.rest.String(); !strings.Contains(rest, "undefined: y") || strings.Contains(rest, "core/v1") {
		t.Errorf("errors are %q", rest)
	}
}

func TestAProgramsOwnPackageIsTheLastOneCompiled(t *testing.T) {
	task := &task{name: "etcd", compiled: map[string]bool{}}
	task.compiles("context", "main")
	if task.state != "" {
		t.Errorf("state %q while packages are compiled", task.state)
	}
	task.compiles("main", "main")
	if want := "linking, after 2 packages"; task.state != want {
		t.Errorf("state %q, want %q", task.state, want)
	}
}
