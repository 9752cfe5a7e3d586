// Command align raises every requirement of the programs' modules to the highest version that any of them requires, so that what they have in
// common is compiled once. Run it after a change of a go.mod.
//
//	go run ./images/align
package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"lotse.dev/images/manifest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := align(ctx, "."); err != nil {
		fmt.Fprintln(os.Stderr, "align:", err)
		os.Exit(1)
	}
}

// align goes on until nothing changes: a raised module may require others at higher versions.
func align(ctx context.Context, root string) error {
	m, err := manifest.Read(root, "")
	if err != nil {
		return err
	}
	for changed := true; changed; {
		changed = false
		var all []manifest.Requirements
		for _, file := range m.Modules() {
			required, err := manifest.ReadRequirements(filepath.Join(root, file))
			if err != nil {
				return err
			}
			all = append(all, required)
		}
		newest := manifest.Newest(all)
		for i, file := range m.Modules() {
			behind := manifest.Behind(all[i], newest)
			if len(behind) == 0 {
				continue
			}
			changed = true
			if err := raise(ctx, filepath.Join(root, file), behind); err != nil {
				return err
			}
		}
	}
	return nil
}

func raise(ctx context.Context, file string, to map[string]string) error {
	dir, name := filepath.Split(file)
	edit := []string{"mod", "edit"}
	for _, module := range slices.Sorted(maps.Keys(to)) {
		fmt.Printf("%s: %s %s\n", file, module, to[module])
		edit = append(edit, "-require="+module+"@"+to[module])
	}
	for _, args := range [][]string{append(edit, name), {"mod", "tidy", "-modfile=" + name}} {
		c := exec.CommandContext(ctx, "go", args...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("go mod %s in %s: %w\n%s", args[1], dir, err, out)
		}
	}
	return nil
}
