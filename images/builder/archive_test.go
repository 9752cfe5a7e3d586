package builder

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"lotse.dev/images/layer"
)

// TestAnArchiveGoesUnpackedIntoAnotherLayer: with its files' contents, owners and modes, and hard links that still lead to their files.
func TestAnArchiveGoesUnpackedIntoAnotherLayer(t *testing.T) {
	entries, err := unpacked(archive(t,
		layer.Entry{Path: "bin/program", Kind: layer.File, Mode: 0o4755, Owner: 7, Group: 8, Content: []byte("the program")},
		layer.Entry{Path: "bin/second", Kind: layer.Link, Target: "bin/program"},
		layer.Entry{Path: "link", Kind: layer.Symlink, Target: "bin/program"},
	), "layers/abc")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]layer.Entry{}
	for _, e := range entries {
		got[e.Path] = e
	}
	if e := got["layers/abc/bin/program"]; e.Mode != 0o4755 || e.Owner != 7 || e.Group != 8 || string(e.Content) != "the program" {
		t.Errorf("the program is %+v", e)
	}
	if got["layers/abc/bin/second"].Target != "layers/abc/bin/program" || got["layers/abc/link"].Target != "bin/program" {
		t.Errorf("entries are %+v", got)
	}
}

func TestALayerThatRemovesFilesIsNotUnpackedIntoAnother(t *testing.T) {
	if _, err := unpacked(archive(t, layer.Entry{Path: "bin/.wh.program", Kind: layer.File}), "layers/abc"); err == nil {
		t.Error("it would show files that the image does not have")
	}
}

// archive of entries, as a file.
func archive(t *testing.T, entries ...layer.Entry) string {
	t.Helper()
	var content bytes.Buffer
	if err := layer.Write(&content, entries); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "layer")
	if err := os.WriteFile(file, content.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
