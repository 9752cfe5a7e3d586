// Command cover measures how much of the pure code is covered by the tests of its package, and fails below 90 % of lines in any file. Pure
// code is what decides: files named for it, and the packages listed here.
//
//	make cover
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/tools/cover"
)

const (
	module = "lotse.dev"
	least  = 90 // percent of lines
)

// decisions are the files that decide and do nothing else.
var decisions = regexp.MustCompile(`(^|/)(decide|plan|outcome|gate)\.go$`)

// pure packages have no file that does anything.
var pure = []string{"arm/containerservice/admission", "arm/containerservice/plan", "cluster/plan", "machine/size", "release",
	"schedule", "schedule/maintenance", "schedule/power"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, ".."); err != nil {
		fmt.Fprintln(os.Stderr, "cover:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string) error {
	tracked, err := git(ctx, root, "ls-files", "*.go")
	if err != nil {
		return err
	}
	files, err := pureFiles(tracked)
	if err != nil {
		return err
	}
	profiles, err := test(ctx, root, packagesOf(files))
	if err != nil {
		return err
	}
	return judge(files, profiles)
}

// pureFiles chooses those whose coverage counts. A listed package without files is an error: it was moved, and the list is to follow.
func pureFiles(tracked []string) (files []string, err error) {
	found := map[string]bool{}
	for _, f := range tracked {
		dir := path.Dir(f)
		found[dir] = true
		if !strings.HasSuffix(f, "_test.go") && !strings.HasPrefix(f, "scenario/") && (decisions.MatchString(f) || slices.Contains(pure, dir)) {
			files = append(files, f)
		}
	}
	for _, dir := range pure {
		if !found[dir] {
			err = errors.Join(err, fmt.Errorf("%s has no Go files; change the list in tools/cover", dir))
		}
	}
	return files, err
}

func packagesOf(files []string) (dirs []string) {
	for _, f := range files {
		if dir := "./" + path.Dir(f); !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

func git(ctx context.Context, root string, args ...string) ([]string, error) {
	c := exec.CommandContext(ctx, "git", args...)
	c.Dir = root
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("listing files: %w", err)
	}
	return strings.Fields(string(out)), nil
}

func test(ctx context.Context, root string, packages []string) (map[string]*cover.Profile, error) {
	dir, err := os.MkdirTemp("", "cover-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "profile")
	c := exec.CommandContext(ctx, "go", append([]string{"test", "-coverprofile", file}, packages...)...)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("tests: %w\n%s", err, out)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	all, err := cover.ParseProfilesFromReader(bytes.NewReader(content))
	if err != nil {
		return nil, fmt.Errorf("reading the coverage: %w", err)
	}
	profiles := map[string]*cover.Profile{}
	for _, p := range all {
		profiles[strings.TrimPrefix(p.FileName, module+"/")] = p
	}
	return profiles, nil
}

// judge prints every file. One without a profile has no statements.
func judge(files []string, profiles map[string]*cover.Profile) error {
	var low []string
	for _, f := range files {
		p := profiles[f]
		if p == nil {
			continue
		}
		covered, all := lines(p)
		fmt.Printf("%5.1f %%  %3d of %3d lines  %s\n", percent(covered, all), covered, all, f)
		if percent(covered, all) < least {
			low = append(low, f)
		}
	}
	if len(low) > 0 {
		return fmt.Errorf("below %d %% of lines: %s; add cases to their tables", least, strings.Join(low, ", "))
	}
	return nil
}

// lines of a file that have statements, and how many of them were executed. A line that two blocks share counts as executed if one was.
func lines(p *cover.Profile) (covered, all int) {
	executed := map[int]bool{}
	for _, b := range p.Blocks {
		if b.NumStmt == 0 {
			continue
		}
		for line := b.StartLine; line <= b.EndLine; line++ {
			executed[line] = executed[line] || b.Count > 0
		}
	}
	for _, e := range executed {
		if e {
			covered++
		}
	}
	return covered, len(executed)
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}
