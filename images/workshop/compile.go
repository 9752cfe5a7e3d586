package workshop

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"lotse.dev/images/recipe"
)

// command is the compiler's command line. Programs are static and say nothing of where they were built, so that the same sources
// give the same program everywhere.
func command(p recipe.Program, output string) []string {
	if p.C {
		return []string{
			"gcc", "-Os", "-Wall", "-Werror", "-static", "-nostdlib", "-ffreestanding", "-fno-stack-protector",
			"-fno-asynchronous-unwind-tables", "-Wl,--build-id=none", "-Wl,-z,noseparate-code", "-s", "-o", output, p.Package,
		}
	}
	flags := []string{"-s", "-w"}
	for _, variable := range slices.Sorted(maps.Keys(p.Stamp)) {
		flags = append(flags, "-X", variable+"="+p.Stamp[variable])
	}
	return []string{"go", "build", "-trimpath", "-buildvcs=false", "-ldflags", strings.Join(flags, " "), "-o", output, p.Package}
}

func (w *Workshop) compile(ctx context.Context, p recipe.Program, output string) error {
	line := command(p, output)
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	c.Dir = filepath.Join(w.root, p.Dir)
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	printed, err := c.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return fmt.Errorf("%s is missing; install it, for gcc with `apt-get install gcc`: %w", line[0], err)
	}
	if err != nil {
		return fmt.Errorf("compiling in %s (see for yourself: cd %s && go build %s): %w\n%s", p.Dir, p.Dir, p.Package, err, tail(printed))
	}
	return nil
}

func tail(output []byte) string {
	const enough = 3000
	return string(output[max(0, len(output)-enough):])
}
