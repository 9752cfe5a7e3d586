package layer

import (
	"os"
	"path/filepath"
	"testing"
)

// TestAnArchiveGoesUnpackedIntoAnotherLayer: with its files' contents, owners and modes, and hard links that still lead to their files.
func TestAnArchiveGoesUnpackedIntoAnotherLayer(t *testing.T) {
	file := filepath.Join(t.TempDir(), "layer")
	packed := archive(t, []Entry{
		{Path: "bin/program", Kind: File, Mode: 0o4755, Owner: 7, Group: 8, Content: []byte("the program")},
		{Path: "bin/second", Kind: Link, Target: "bin/program"},
		{Path: "empty", Kind: File, Mode: 0o600},
		{Path: "link", Kind: Symlink, Target: "bin/program"},
	})
	if err := os.WriteFile(file, packed, 0o644); err != nil {
		t.Fatal(err)
	}
	entries, err := Archive(file, "layers/abc")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		target string
		size   int64
	}{
		"layers/abc/bin/program": {"", 11}, "layers/abc/bin/second": {"layers/abc/bin/program", 0},
		"layers/abc/empty": {"", 0}, "layers/abc/link": {"bin/program", 0},
	}
	for _, h := range headers(t, archive(t, entries)) {
		if w, found := want[h.Name]; found && (h.Linkname != w.target || h.Size != w.size) {
			t.Errorf("%s leads to %q and has %d bytes", h.Name, h.Linkname, h.Size)
		}
		delete(want, h.Name)
		if h.Name == "layers/abc/bin/program" && (h.Mode != 0o4755 || h.Uid != 7 || h.Gid != 8) {
			t.Errorf("header is %+v", h)
		}
	}
	if len(want) > 0 {
		t.Errorf("missing are %v", want)
	}
}

func TestALayerThatRemovesFilesIsNotUnpackedIntoAnother(t *testing.T) {
	file := filepath.Join(t.TempDir(), "layer")
	if err := os.WriteFile(file, archive(t, []Entry{{Path: "bin/.wh.program", Kind: File}}), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Archive(file, "layers/abc"); err == nil {
		t.Error("it would show files that the image does not have")
	}
}
