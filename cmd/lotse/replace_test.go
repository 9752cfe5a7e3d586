package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReplaceLeavesOneFileForItsOwnerAlone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte("older, and longer"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := replace(file, []byte("new")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(file)
	if err != nil || string(content) != "new" {
		t.Errorf("content = %q, %v", content, err)
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(entries) != 1 {
		t.Fatalf("the directory holds %v, %v", entries, err)
	}
	if info, err := entries[0].Info(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v", info.Mode(), err)
	}
	if err := replace(filepath.Join(file, "under a file"), nil); err == nil {
		t.Error("a directory that is a file is no error")
	}
}
