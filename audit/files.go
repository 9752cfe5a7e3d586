package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// maxOpen is how many files of a log are open at most.
const maxOpen = 64

// fileSet is the files of one log. Each source of lines has files of its own (Record.source). A full log loses the oldest file of the source that
// takes most space.
type fileSet struct {
	dir     string
	segment int64 // bytes of one file
	most    int64 // bytes of all files

	mu     sync.Mutex
	all    []*segment          // the oldest first
	newest map[string]*segment // of each source, which is written
	next   int
	open   int
}

func openFiles(dir, name string, most int64) (*fileSet, error) {
	if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
		return nil, err
	}
	all, err := segments(dir, name)
	if err != nil {
		return nil, err
	}
	f := &fileSet{dir: filepath.Join(dir, name), segment: segmentBytes, most: most, all: all, newest: map[string]*segment{}}
	for _, s := range all {
		if s.number >= 0 {
			f.newest[s.source], f.next = s, s.number+1
		}
	}
	probe := filepath.Join(f.dir, ".writable")
	if err := os.WriteFile(probe, nil, 0o600); err != nil { // reported at the start, and not at the first write of a customer
		return nil, err
	}
	return f, os.Remove(probe)
}

// append a record's line to the files of its source.
func (f *fileSet) append(r Record, line []byte) error {
	source := r.source()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.removeFiles(int64(len(line)))
	s := f.newest[source]
	if s == nil || s.size+int64(len(line)) > f.segment && s.size > 0 {
		s = f.begin(source)
	}
	if s.open == nil {
		f.keepOpen()
	}
	if err := s.append(line); err != nil {
		return fmt.Errorf("audit log %s: %w", s.path, err)
	}
	if s.index != nil {
		s.index.add(r)
	}
	return nil
}

// begin the next file of a source.
func (f *fileSet) begin(source string) *segment {
	if full := f.newest[source]; full != nil {
		full.close()
	}
	s := newSegment(f.dir, source, f.next)
	f.next++
	f.all, f.newest[source] = append(f.all, s), s
	return s
}

// keepOpen closes all files before one too many is opened.
func (f *fileSet) keepOpen() {
	if f.open++; f.open <= maxOpen {
		return
	}
	for _, s := range f.newest {
		s.close()
	}
	f.open = 1
}

// removeFiles until so many bytes more fit.
func (f *fileSet) removeFiles(more int64) {
	for {
		i := fullest(f.all, f.most-more)
		if i < 0 {
			return
		}
		s := f.all[i]
		s.close()
		_ = os.Remove(s.path) // one that cannot be removed is found again at the next start
		if f.newest[s.source] == s {
			delete(f.newest, s.source)
		}
		f.all = slices.Delete(f.all, i, i+1)
	}
}

// fullest is the index of the oldest file of the source that takes most space, if all files together take more than most bytes; otherwise -1.
func fullest(all []*segment, most int64) int {
	var total int64
	for _, s := range all {
		total += s.size
	}
	if total <= most || len(all) == 0 {
		return -1
	}
	sources := map[string]int64{}
	for _, s := range all {
		sources[s.source] += s.size
	}
	largest := all[0].source
	for source, size := range sources {
		if size > sources[largest] || size == sources[largest] && source < largest {
			largest = source
		}
	}
	return slices.IndexFunc(all, func(s *segment) bool { return s.source == largest })
}

// file to read. until is the time of its newest record, if that is known.
type file struct {
	set   *fileSet
	path  string
	until time.Time
	known bool
}

// files that can contain what is asked for. They can be read while lines are written.
func (f *fileSet) files(q Query) (all []file) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.all {
		switch {
		case s.index == nil:
			all = append(all, file{set: f, path: s.path})
		case s.index.mayHave(q):
			all = append(all, file{set: f, path: s.path, until: s.index.to, known: true})
		}
	}
	return all
}

// learn the index of a file that was read, unless it is still written.
func (f *fileSet) learn(path string, x *index) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.all {
		if s.path == path && f.newest[s.source] != s {
			s.index = x
		}
	}
}
