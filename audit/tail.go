package audit

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// logs are the logs that Open keeps, by the number of their older files.
var logs = map[string]int{auditName: keptAudit, unauthenticatedName: keptUnauthenticated}

// Tail returns the newest lines of each log in a directory by the log's name: whole lines, the oldest first, at most so many bytes of each
// log. Lotse need not run. A directory without logs has none.
func Tail(dir string, most int) (map[string][]byte, error) {
	all := map[string][]byte{}
	for name, kept := range logs {
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
		if !whole { // still older lines would leave a gap
			break
		}
	}
	return lines, nil
}

// end reads at most so many bytes from the end of a file, from the start of a line on, and reports whether that is the whole file.
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
