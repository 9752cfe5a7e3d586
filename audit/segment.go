package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// segment is a file with lines of one source in one log. When it is full, the source gets another segment.
type segment struct {
	path   string
	source string
	// number grows with each segment of the log. Files of earlier versions, which had one set of files, have negative numbers.
	number int
	size   int64
	open   *os.File
	index  *index // nil for a file of an earlier run that was not read yet
}

// sourceName is the form of a source's name.
var sourceName = regexp.MustCompile(`^[a-z0-9][-a-z0-9]{0,62}$`)

const ending = ".jsonl"

func newSegment(dir, source string, number int) *segment {
	return &segment{path: filepath.Join(dir, fmt.Sprintf("%s.%010d%s", source, number, ending)), source: source, number: number, index: newIndex()}
}

// segments of a log below a directory, the oldest first.
func segments(dir, log string) ([]*segment, error) {
	found, err := earlier(dir, log)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Join(dir, log))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		source, rest, _ := strings.Cut(e.Name(), ".")
		number, err := strconv.Atoi(strings.TrimSuffix(rest, ending))
		if err != nil || number < 0 || !sourceName.MatchString(source) {
			continue
		}
		if info, err := e.Info(); err == nil { // otherwise it has just gone
			found = append(found, &segment{path: filepath.Join(dir, log, e.Name()), source: source, number: number, size: info.Size()})
		}
	}
	slices.SortFunc(found, func(a, b *segment) int { return a.number - b.number })
	return found, nil
}

// earlier are the files of versions that had one set of files: audit.jsonl, audit.1.jsonl, which is older, and so on.
func earlier(dir, log string) (found []*segment, err error) {
	names, err := filepath.Glob(filepath.Join(dir, log+".*"+"jsonl"))
	for _, path := range names {
		age := 0
		if middle := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), log), ending); middle != "" {
			if age, err = strconv.Atoi(middle[1:]); err != nil {
				return nil, fmt.Errorf("%s is no file of the audit log", path)
			}
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		found = append(found, &segment{path: path, source: "earlier", number: -1 - age, size: info.Size()})
	}
	return found, err
}

// append a line. After an error the next line reopens the file, which ends a partial line.
func (s *segment) append(line []byte) error {
	if s.open == nil {
		if err := s.begin(); err != nil {
			return err
		}
	}
	n, err := s.open.Write(line)
	s.size += int64(n)
	if err != nil {
		s.close()
	}
	return err
}

// begin opens the file at its end. It ends a last line that a crash cut off, so that the next line is not part of it.
func (s *segment) begin() error {
	o, err := os.OpenFile(s.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := o.Stat()
	if err != nil {
		return errors.Join(err, o.Close())
	}
	s.open, s.size = o, info.Size()
	if s.size == 0 {
		return nil
	}
	last := make([]byte, 1)
	if _, err := o.ReadAt(last, s.size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		n, err := o.Write([]byte("\n"))
		s.size += int64(n)
		return err
	}
	return nil
}

func (s *segment) close() {
	if s.open != nil {
		_ = s.open.Sync() // without it the lines are lost only if the machine ends
		_ = s.open.Close()
		s.open = nil
	}
}

// content of a segment's file, from the start of a line on and at most so many bytes. A file that has gone has none.
func content(path string, most int64) (lines []byte, whole bool, err error) {
	o, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, true, nil
	}
	if err != nil {
		return nil, false, err
	}
	defer o.Close()
	size, err := o.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, false, err
	}
	from := max(0, size-most)
	all, err := io.ReadAll(io.NewSectionReader(o, from, size-from))
	if from == 0 || err != nil {
		return all, from == 0, err
	}
	_, lines, _ = bytes.Cut(all, []byte("\n"))
	return lines, false, nil
}
