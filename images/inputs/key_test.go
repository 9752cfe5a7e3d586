package inputs

import (
	"os"
	"path/filepath"
	"testing"
)

func TestKey(t *testing.T) {
	base := map[string]string{"main.go": "package main", "go.mod": "module x"}
	tests := map[string]struct {
		files map[string]string
		same  bool
	}{
		"the same files elsewhere have the same key": {map[string]string{"main.go": "package main", "go.mod": "module x"}, true},
		"a changed file changes the key":             {map[string]string{"main.go": "package other", "go.mod": "module x"}, false},
		"a renamed file changes the key":             {map[string]string{"other.go": "package main", "go.mod": "module x"}, false},
		"a new file changes the key":                 {map[string]string{"main.go": "package main", "go.mod": "module x", "a": ""}, false},
		"a test does not change the key":             {map[string]string{"main.go": "package main", "go.mod": "module x", "a_test.go": "x"}, true},
	}
	want := sum(t, New("binary").Text("etcd").Tree(directory(t, base)))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := sum(t, New("binary").Text("etcd").Tree(directory(t, tt.files)))
			if (got == want) != tt.same {
				t.Errorf("same key: %v, want %v", got == want, tt.same)
			}
		})
	}
}

func TestTextsAreNotJustJoined(t *testing.T) {
	if sum(t, New("a").Text("bc", "d")) == sum(t, New("a").Text("b", "cd")) {
		t.Error("different texts have the same key")
	}
}

func TestADirectoryThatIsMissingCountsAsEmpty(t *testing.T) {
	if sum(t, New("a").Tree(filepath.Join(t.TempDir(), "none"))) != sum(t, New("a").Tree(t.TempDir())) {
		t.Error("a missing directory differs from an empty one")
	}
}

func sum(t *testing.T, k *Key) string {
	t.Helper()
	s, err := k.Sum()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func directory(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
