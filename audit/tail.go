package audit

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Books are the names of what Open keeps, by how many older files each has.
var books = map[string]int{"deeds": keptDeeds, "nameless": keptNameless}

// Tail is the youngest lines of each book in a directory, the oldest first, with at most so many bytes of each. It needs no Lotse that runs.
// A directory without books has none.
func Tail(dir string, most int) (map[string][]byte, error) {
	all := map[string][]byte{}
	for name, kept := range books {
		lines, err := tail(&file{stem: filepath.Join(dir, name), keep: kept}, most)
		if err != nil {
			return all, err
		}
		if lines != nil {
			all[name] = lines
		}
	}
	return all, nil
}

func tail(f *file, most int) ([]byte, error) {
	var lines []byte
	for age := 0; age <= f.keep; age++ {
		older, whole, err := end(f.name(age), most-len(lines))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return lines, err
		}
		lines = append(older, lines...)
		if !whole { // what is older yet does not follow on it
			break
		}
	}
	return lines, nil
}

// end of a file that may be large, from the beginning of a line on, and whether that is all of it.
func end(name string, most int) (lines []byte, whole bool, err error) {
	o, err := os.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer o.Close()
	size, err := o.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, false, err
	}
	from := max(0, size-int64(most))
	content, err := io.ReadAll(io.NewSectionReader(o, from, size-from))
	if from == 0 || err != nil {
		return content, from == 0, err
	}
	_, lines, _ = bytes.Cut(content, []byte("\n"))
	return lines, false, nil
}
