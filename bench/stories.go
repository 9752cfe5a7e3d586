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

// stories runs those that measure something, unless there is a file with the figures of an earlier run.
func stories(ctx context.Context, file string, p *progress) ([]measured.Figure, error) {
	if file == "" {
		dir, err := os.MkdirTemp("", "lotse-bench-stories-*")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		file = filepath.Join(dir, "figures.jsonl")
		if err := runStories(ctx, file, p); err != nil {
			return nil, err
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("the stories wrote no figures: %w", err)
	}
	return measured.Read(content)
}

func runStories(ctx context.Context, file string, p *progress) error {
	p.report("stories: many clusters at once, and recovery after each kind of kill")
	command := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=60m", "-v", "-run", "^(TestManyClustersAtOnce|TestSurvival)$", "./scenario")
	command.Env = append(os.Environ(), measured.Variable+"="+file)
	command.Stdout, command.Stderr = os.Stderr, os.Stderr // of one package, with -v: each step as it happens
	if err := command.Run(); err != nil {
		return fmt.Errorf("stories: %w", err)
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
