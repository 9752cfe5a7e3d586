package command

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"testing"
)

// entry of an archive.
type entry struct {
	name, content string
	mode          fs.FileMode
}

func archive(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate}
		h.SetMode(e.mode)
		file, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.Write([]byte(e.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func many(n int) (all []entry) {
	for i := range n {
		all = append(all, entry{name: fmt.Sprintf("f%d", i)})
	}
	return all
}

func TestFiles(t *testing.T) {
	half := strings.Repeat("x", MaxContent/2)
	for sentence, c := range map[string]struct {
		entries []entry
		// want are paths, or what the error says.
		want, refusal string
	}{
		"files lie where the archive has them":       {[]entry{{name: "a.yaml"}, {name: "dir/b.yaml"}}, "a.yaml dir/b.yaml", ""},
		"az writes paths with a dot before them":     {[]entry{{name: "./a.yaml"}}, "a.yaml", ""},
		"directories come with their files":          {[]entry{{name: "dir/", mode: fs.ModeDir}, {name: "dir/b"}}, "dir/b", ""},
		"an empty archive has no files":              {nil, "", ""},
		"a file may have all the room":               {[]entry{{name: "a", content: half + half}}, "a", ""},
		"files together may not have more":           {[]entry{{name: "a", content: half}, {name: "b", content: half + "x"}}, "", `"b" is too large`},
		"a bomb is not unpacked":                     {[]entry{{name: "bomb", content: strings.Repeat("0", 64<<20)}}, "", `"bomb" is too large`},
		"a hundred files are enough":                 {many(MaxFiles + 1), "", "more than 100 files"},
		"no file leads up":                           {[]entry{{name: "../etc/passwd"}}, "", "leads out of the working directory"},
		"no file leads up on a detour":               {[]entry{{name: "a/../../b"}}, "", "leads out of the working directory"},
		"no file is absolute":                        {[]entry{{name: "/etc/passwd"}}, "", "leads out of the working directory"},
		"no file has the slashes of another system":  {[]entry{{name: `a\..\b`}}, "", "has a backslash"},
		"links are refused":                          {[]entry{{name: "link", content: "/etc/shadow", mode: fs.ModeSymlink}}, "", "not a plain file"},
		"devices are refused":                        {[]entry{{name: "disk", mode: fs.ModeDevice}}, "", "not a plain file"},
		"no file is there twice":                     {[]entry{{name: "a"}, {name: "./a"}}, "", "two files of one name"},
		"no file is a directory of another":          {[]entry{{name: "a"}, {name: "a/b/c"}}, "", `"a" is a file and a directory`},
		"a name is bounded":                          {[]entry{{name: strings.Repeat("a", 300)}}, "", "longer than 255 bytes"},
		"a name can be printed":                      {[]entry{{name: "a\nb"}}, "", "cannot be printed"},
		"a name that no volume can have is refused":  {[]entry{{name: "..data"}}, "", "begins with two dots"},
		"a file without a name is refused":           {[]entry{{name: ""}}, "", "leads out"},
		"the working directory itself is not a file": {[]entry{{name: "."}}, "", "leads out"},
	} {
		t.Run(sentence, func(t *testing.T) {
			files, err := Files(archive(t, c.entries...))
			if c.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), c.refusal) {
					t.Errorf("got %v", err)
				}
				return
			}
			var paths []string
			for i, f := range files {
				paths = append(paths, f.Path)
				if want := c.entries[len(c.entries)-len(files)+i].content; string(f.Content) != want {
					t.Errorf("%s has %d bytes, want %d", f.Path, len(f.Content), len(want))
				}
			}
			if got := strings.Join(paths, " "); err != nil || got != c.want {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}

func TestDamagedArchives(t *testing.T) {
	whole := archive(t, entry{name: "a", content: strings.Repeat("content ", 100)})
	broken := bytes.Clone(whole)
	broken[len("PK\x03\x04")+40] ^= 0xff // in the compressed content
	for sentence, content := range map[string][]byte{
		"text is no archive":             []byte("apiVersion: v1"),
		"nothing is no archive":          nil,
		"half an archive is none":        whole[:len(whole)/2],
		"damaged content is found":       broken,
		"an archive of a megabyte is it": make([]byte, MaxArchive+1),
	} {
		if files, err := Files(content); err == nil {
			t.Errorf("%s: got %d files", sentence, len(files))
		}
	}
}

func FuzzFiles(f *testing.F) {
	f.Add(archive(f, entry{name: "./a.yaml", content: "a"}, entry{name: "b/c", content: strings.Repeat("b", 2000)}))
	f.Add(archive(f, entry{name: "../up"}, entry{name: "link", mode: fs.ModeSymlink}))
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, content []byte) {
		files, err := Files(content)
		if err != nil {
			return
		}
		total, seen := 0, map[string]bool{}
		for _, file := range files {
			total += len(file.Content)
			if seen[file.Path] || !fs.ValidPath(file.Path) || path.Clean(file.Path) != file.Path || len(file.Path) > MaxPath {
				t.Errorf("it has the path %q", file.Path)
			}
			seen[file.Path] = true
		}
		if total > MaxContent || len(files) > MaxFiles {
			t.Errorf("%d files have %d bytes", len(files), total)
		}
	})
}
