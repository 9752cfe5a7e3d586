package builder

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/modfile"

	"lotse.dev/images/manifest"
)

// Flags of every Go compilation here. Programs are static and say nothing of where they were built, so that the same sources give the
// same program everywhere; debugging information, which the linker would drop, is not made. The Makefile gives tests the same flags, for
// packages are shared in the compiler's cache only where the flags are equal.
var goFlags = []string{"-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"}

// command is the compiler's command line.
func command(p manifest.Program, output string) []string {
	if p.C {
		return []string{
			"gcc", "-Os", "-Wall", "-Werror", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector",
			"-fno-asynchronous-unwind-tables", "-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-s", "-o", output, p.Package,
		}
	}
	link := []string{"-s", "-w"}
	if p.Cgo {
		link = append(link, "-extldflags=-static")
	}
	for _, variable := range slices.Sorted(maps.Keys(p.Stamp)) {
		link = append(link, "-X", variable+"="+p.Stamp[variable])
	}
	line := append([]string{"go", "build"}, selection(p)...)
	return append(line, "-v", "-ldflags", strings.Join(link, " "), "-o", output, p.Package)
}

// selection are the flags that decide which sources are compiled, and how.
func selection(p manifest.Program) []string {
	flags := slices.Clone(goFlags)
	if p.Modfile != "" {
		flags = append(flags, "-modfile="+p.Modfile)
	}
	if len(p.Tags) > 0 {
		flags = append(flags, "-tags", strings.Join(p.Tags, ","))
	}
	return flags
}

// compile makes output. It calls linking as soon as only linking is left to do.
func (b *Builder) compile(ctx context.Context, p manifest.Program, output string, linking func()) error {
	line := command(p, output)
	t := b.progress.begin(p.Name, "looking for what is to be compiled")
	defer b.progress.end(t)
	c := b.inModule(ctx, p, line)
	main, err := b.importPath(p)
	if err != nil {
		return err
	}
	printed := &compilerOutput{each: func(pkg string) {
		b.progress.exclusive(func() { t.compiles(pkg, main) })
		if pkg == main {
			linking()
		}
	}, download: func(module string) { b.progress.exclusive(func() { t.state = "downloading " + module }) }}
	c.Stdout, c.Stderr = printed, printed
	counting, cancel := context.WithCancel(ctx)
	var counted sync.WaitGroup
	if !p.C {
		counted.Go(func() { b.count(counting, p, t) })
	}
	err = c.Run()
	cancel()
	counted.Wait()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is missing; install it, for gcc with `apt-get install gcc`: %w", line[0], err)
	}
	if err != nil {
		return fmt.Errorf("compiling in %s (see for yourself: cd %s && go build %s): %w\n%s", p.Dir, p.Dir, p.Package, err, tail(printed.rest.Bytes()))
	}
	return nil
}

// Compile compiles one program of the repository at root into output, for what no image needs.
func Compile(ctx context.Context, root string, p manifest.Program, output string) error {
	b := &Builder{root: root}
	if said, err := b.inModule(ctx, p, command(p, output)).CombinedOutput(); err != nil {
		return fmt.Errorf("compiling %s: %w\n%s", p.Name, err, tail(said))
	}
	return nil
}

// compiles notes that the compiler begins a package. After the program's own package only linking is left.
func (t *task) compiles(pkg, main string) {
	t.compiled[pkg], t.last, t.state = true, pkg, ""
	if pkg == main {
		t.state = fmt.Sprintf("linking, after %d packages", len(t.compiled))
	}
}

// count finds out which packages are to be compiled. It takes seconds of processor time, so only a build that takes long is counted.
func (b *Builder) count(ctx context.Context, p manifest.Program, t *task) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(progressEvery):
	}
	list := append(append([]string{"go", "list"}, selection(p)...), "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", p.Package)
	names, err := b.inModule(ctx, p, list).Output()
	if err != nil {
		return // the compiler says better what is wrong
	}
	stale := map[string]bool{}
	for _, name := range strings.Fields(string(names)) {
		stale[name] = true
	}
	b.progress.exclusive(func() { t.stale = stale })
}

// inModule is a command that runs in the program's module, without a workspace and with cgo only where the program needs it.
func (b *Builder) inModule(ctx context.Context, p manifest.Program, line []string) *exec.Cmd {
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Dir = filepath.Join(b.root, p.Dir)
	cgo := "CGO_ENABLED=0"
	if p.Cgo {
		cgo = "CGO_ENABLED=1"
	}
	c.Env = append(os.Environ(), cgo, "GOWORK=off")
	return c
}

// importPath is the program's package as the compiler names it.
func (b *Builder) importPath(p manifest.Program) (string, error) {
	if p.C || !strings.HasPrefix(p.Package, ".") {
		return p.Package, nil
	}
	content, err := os.ReadFile(filepath.Join(b.root, p.Dir, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("finding the program's module: %w", err)
	}
	return path.Join(modfile.ModulePath(content), p.Package), nil
}

func tail(output []byte) string {
	const enough = 3000
	return string(output[max(0, len(output)-enough):])
}
