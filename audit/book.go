package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// maxOpen is how many files a book keeps open.
const maxOpen = 64

// book is a log in which each share has files of its own. When it is full, the oldest file of the largest share goes.
type book struct {
	dir     string
	segment int64 // bytes of one file
	most    int64 // bytes of all files

	mu     sync.Mutex
	all    []*segment          // the oldest first
	newest map[string]*segment // of each share, which is written
	next   int
	open   int
}

func openBook(dir, name string, most int64) (*book, error) {
	if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
		return nil, err
	}
	all, err := segments(dir, name)
	if err != nil {
		return nil, err
	}
	b := &book{dir: filepath.Join(dir, name), segment: segmentBytes, most: most, all: all, newest: map[string]*segment{}}
	for _, s := range all {
		if s.number >= 0 {
			b.newest[s.share], b.next = s, s.number+1
		}
	}
	probe := filepath.Join(b.dir, ".writable")
	if err := os.WriteFile(probe, nil, 0o600); err != nil { // said at the start, and not at the first write of a customer
		return nil, err
	}
	return b, os.Remove(probe)
}

// append a record's line to its share.
func (b *book) append(r Record, line []byte) error {
	share := r.share()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.makeRoom(int64(len(line)))
	s := b.newest[share]
	if s == nil || s.size+int64(len(line)) > b.segment && s.size > 0 {
		s = b.begin(share)
	}
	if s.open == nil {
		b.keepOpen()
	}
	if err := s.append(line); err != nil {
		return fmt.Errorf("audit log %s: %w", s.path, err)
	}
	if s.index != nil {
		s.index.add(r)
	}
	return nil
}

// begin the next file of a share.
func (b *book) begin(share string) *segment {
	if full := b.newest[share]; full != nil {
		full.close()
	}
	s := newSegment(b.dir, share, b.next)
	b.next++
	b.all, b.newest[share] = append(b.all, s), s
	return s
}

// keepOpen closes all files before one too many is opened.
func (b *book) keepOpen() {
	if b.open++; b.open <= maxOpen {
		return
	}
	for _, s := range b.newest {
		s.close()
	}
	b.open = 1
}

// makeRoom removes files until so many bytes more fit.
func (b *book) makeRoom(more int64) {
	for {
		i := fullest(b.all, b.most-more)
		if i < 0 {
			return
		}
		s := b.all[i]
		s.close()
		_ = os.Remove(s.path) // one that cannot be removed is found again at the next start
		if b.newest[s.share] == s {
			delete(b.newest, s.share)
		}
		b.all = slices.Delete(b.all, i, i+1)
	}
}

// fullest is the index of the oldest file of the share that takes most, if all of them take more than most bytes; -1 if they do not.
func fullest(all []*segment, most int64) int {
	var total int64
	for _, s := range all {
		total += s.size
	}
	if total <= most || len(all) == 0 {
		return -1
	}
	shares := map[string]int64{}
	for _, s := range all {
		shares[s.share] += s.size
	}
	largest := all[0].share
	for share, size := range shares {
		if size > shares[largest] || size == shares[largest] && share < largest {
			largest = share
		}
	}
	return slices.IndexFunc(all, func(s *segment) bool { return s.share == largest })
}

// file to read. until is the time of its newest record, if that is known.
type file struct {
	book  *book
	path  string
	until time.Time
	known bool
}

// files that can have what is asked for. They can be read while lines are written.
func (b *book) files(q Query) (all []file) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.all {
		switch {
		case s.index == nil:
			all = append(all, file{book: b, path: s.path})
		case s.index.mayHave(q):
			all = append(all, file{book: b, path: s.path, until: s.index.to, known: true})
		}
	}
	return all
}

// learn the index of a file that was read, unless it is still written.
func (b *book) learn(path string, x *index) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.all {
		if s.path == path && b.newest[s.share] != s {
			s.index = x
		}
	}
}
