package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"lotse.dev/bench/measured"
)

// stories that have figures are run, unless there is a file of an earlier run's.
func stories(ctx context.Context, file string) ([]measured.Figure, error) {
	if file == "" {
		dir, err := os.MkdirTemp("", "lotse-bench-stories-*")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		file = filepath.Join(dir, "figures.jsonl")
		if err := runStories(ctx, file); err != nil {
			return nil, err
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the stories told no figures: %w", err)
	}
	return measured.Read(content)
}

func runStories(ctx context.Context, file string) error {
	say("stories: ten clusters at once, and everything dies and hangs")
	command := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=60m", "./scenario", "-run", "^(TestTenClustersAtOnce|TestSurvival)$")
	command.Env = append(os.Environ(), measured.Variable+"="+file)
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("stories: %w\n%s", err, out)
	}
	return nil
}

// storyTables show what the stories measured, a table for each kind.
func (f figures) storyTables(b *strings.Builder) {
	table := ""
	for _, s := range f.stories {
		if s.Table != table {
			table = s.Table
			fmt.Fprintf(b, "\n## %s\n\nAs a story in `scenario/` measured it, once.\n\n| | took | stated | workload silent |\n|---|---|---|---|\n", table)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", s.Name, short(s.Took), stated(s.Stated), stated(s.Silent))
	}
}

// stated is nothing for nothing.
func stated(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return short(d)
}
