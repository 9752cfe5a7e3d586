package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestReplace(t *testing.T) {
	for sentence, c := range map[string]struct {
		there map[string]fs.FileMode
		want  []string
	}{
		"a file that was not there is made":                        {nil, []string{"admin.key"}},
		"a file that others could read is private then":            {map[string]fs.FileMode{"admin.key": 0o644}, []string{"admin.key"}},
		"what a killed process left is removed":                    {map[string]fs.FileMode{".admin.key8123": 0o600, ".admin.key77": 0o600}, []string{"admin.key"}},
		"what another file's writer left stays":                    {map[string]fs.FileMode{".admin.crt8123": 0o600}, []string{".admin.crt8123", "admin.key"}},
		"a file that only has a similar name stays":                {map[string]fs.FileMode{".admin.key1.old": 0o600, ".admin.key": 0o600}, []string{".admin.key", ".admin.key1.old", "admin.key"}},
		"a directory is not what a killed process left, and stays": {map[string]fs.FileMode{".admin.key5": fs.ModeDir | 0o700}, []string{".admin.key5", "admin.key"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			dir := t.TempDir()
			for name, mode := range c.there {
				put(t, filepath.Join(dir, name), mode)
			}
			path := filepath.Join(dir, "admin.key")
			if err := Replace(path, []byte("secret"), 0o600); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			info, _ := os.Stat(path)
			if err != nil || string(content) != "secret" || info.Mode() != 0o600 {
				t.Errorf("the file holds %q with mode %v (%v)", content, info.Mode(), err)
			}
			if got := names(t, dir); !slices.Equal(got, c.want) {
				t.Errorf("files %q, want %q", got, c.want)
			}
		})
	}
}

func TestAFailureLeavesTheOldFileAndNothingElse(t *testing.T) {
	dir := t.TempDir()
	path, broken := filepath.Join(dir, "kubernetes"), errors.New("the disk is full")
	put(t, path, 0o755)
	if err := ReplaceBy(path, 0o755, func(*os.File) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if content, err := os.ReadFile(path); err != nil || string(content) != "old" || len(names(t, dir)) != 1 {
		t.Errorf("the file holds %q (%v) beside %q", content, err, names(t, dir))
	}
	if err := Replace(filepath.Join(dir, "missing", "file"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a directory that does not exist: %v", err)
	}
}

func put(t *testing.T, path string, mode fs.FileMode) {
	t.Helper()
	if mode.IsDir() {
		if err := os.Mkdir(path, mode.Perm()); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.WriteFile(path, []byte("old"), mode); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}
