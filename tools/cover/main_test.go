package main

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/cover"
)

func TestPureFiles(t *testing.T) {
	known := pure
	pure = []string{"release"}
	defer func() { pure = known }()
	for sentence, c := range map[string]struct {
		tracked []string
		want    string
		fail    bool
	}{
		"a file that decides counts wherever it is":   {[]string{"release/a.go", "cluster/decide.go", "scaleset/outcome.go"}, "release/a.go cluster/decide.go scaleset/outcome.go", false},
		"a file that carries gates out does not":      {[]string{"release/a.go", "node/gates.go"}, "release/a.go", false},
		"a name that only ends like one does not":     {[]string{"release/a.go", "host/controlplane.go"}, "release/a.go", false},
		"tests do not count":                          {[]string{"release/a.go", "release/a_test.go", "cluster/decide_test.go"}, "release/a.go", false},
		"a listed package that was moved is an error": {[]string{"cluster/decide.go"}, "cluster/decide.go", true},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := pureFiles(c.tracked)
			if !slices.Equal(got, strings.Fields(c.want)) || (err != nil) != c.fail {
				t.Errorf("got %v, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	block := func(from, to, statements, count int) cover.ProfileBlock {
		return cover.ProfileBlock{StartLine: from, EndLine: to, NumStmt: statements, Count: count}
	}
	for sentence, c := range map[string]struct {
		blocks       []cover.ProfileBlock
		covered, all int
	}{
		"lines of an executed block are covered":            {[]cover.ProfileBlock{block(1, 3, 2, 1)}, 3, 3},
		"lines of another are not":                          {[]cover.ProfileBlock{block(1, 3, 2, 1), block(5, 6, 1, 0)}, 3, 5},
		"a line where one block ends and another begins is": {[]cover.ProfileBlock{block(1, 3, 2, 1), block(3, 4, 1, 0)}, 3, 4},
		"a block without statements has no lines":           {[]cover.ProfileBlock{block(1, 3, 0, 0)}, 0, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			if covered, all := lines(&cover.Profile{Blocks: c.blocks}); covered != c.covered || all != c.all {
				t.Errorf("%d of %d, want %d of %d", covered, all, c.covered, c.all)
			}
		})
	}
}
