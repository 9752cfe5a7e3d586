package layer

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"
	"time"
)

func TestWriteOrdersEntriesAndAddsParents(t *testing.T) {
	tests := map[string]struct {
		entries []Entry
		want    []string
	}{
		"directories that are not listed come before what lies in them": {
			entries: []Entry{{Path: "usr/local/bin/etcd", Kind: File, Mode: 0o755}},
			want:    []string{"usr/", "usr/local/", "usr/local/bin/", "usr/local/bin/etcd"},
		},
		"a listed directory is kept once, before its files": {
			entries: []Entry{{Path: "tmp/a", Kind: File}, {Path: "tmp", Kind: Dir, Mode: 0o1777}},
			want:    []string{"tmp/", "tmp/a"},
		},
		"the order of listing does not matter": {
			entries: []Entry{{Path: "b", Kind: File}, {Path: "a-b", Kind: File}, {Path: "a/b", Kind: File}},
			want:    []string{"a/", "a-b", "a/b", "b"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, h := range headers(t, archive(t, tt.entries)) {
				names = append(names, h.Name)
			}
			if want := tt.want; !reflect.DeepEqual(names, want) {
				t.Errorf("entries = %v, want %v", names, want)
			}
		})
	}
}

func TestTheSameFilesInOtherPlacesGiveTheSameBytes(t *testing.T) {
	one, other := tree(t, time.Unix(1, 0)), tree(t, time.Now())
	if !bytes.Equal(archive(t, listed(t, one)), archive(t, listed(t, other))) {
		t.Error("two copies of a tree give different archives")
	}
}

func TestTreeKeepsLinksAndModesAndLeavesOutPipes(t *testing.T) {
	got := map[string]Entry{}
	for _, e := range listed(t, tree(t, time.Now())) {
		got[e.Path] = e
	}
	if e := got["z-hard"]; e.Kind != Link || e.Target != "bin/su" {
		t.Errorf("z-hard = %+v, want a hard link to bin/su", e)
	}
	if e := got["bin/soft"]; e.Kind != Symlink || e.Target != "su" {
		t.Errorf("bin/soft = %+v, want a symbolic link to su", e)
	}
	if e := got["bin/su"]; e.Mode != 0o4755 {
		t.Errorf("mode of bin/su = %o, want its setuid bit kept", e.Mode)
	}
	if _, found := got["pipe"]; found {
		t.Error("a pipe is listed")
	}
}

func tree(t *testing.T, changed time.Time) string {
	t.Helper()
	root := t.TempDir()
	su := filepath.Join(root, "bin/su")
	for _, err := range []error{
		os.Mkdir(filepath.Join(root, "bin"), 0o755),
		os.WriteFile(su, []byte("program"), 0o755),
		os.Chmod(su, 0o755|os.ModeSetuid),
		os.Chtimes(su, changed, changed),
		os.Link(su, filepath.Join(root, "z-hard")),
		os.Symlink("su", filepath.Join(root, "bin/soft")),
		syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func listed(t *testing.T, root string) []Entry {
	t.Helper()
	entries, err := Tree(root)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func archive(t *testing.T, entries []Entry) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, entries); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func headers(t *testing.T, archive []byte) (all []*tar.Header) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, h)
	}
}
