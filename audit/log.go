package audit

import (
	"fmt"
	"io"
	"sync"
)

// Bounds of the books: the size of a file, and of all files of each. Together 304 MiB.
const segmentBytes = 1 << 20

var books = map[string]int64{auditBook: 160 << 20, refusedBook: 48 << 20, logInsBook: 48 << 20, unauthenticatedBook: 48 << 20}

// Log is the books: of changes, of refused requests, of log-ins and of unauthenticated callers.
type Log struct {
	books   map[string]*book
	stream  *stream
	reading chan struct{}
}

// Open the books in a directory, each in a directory of its name.
func Open(dir string) (*Log, error) {
	l := &Log{books: map[string]*book{}, reading: make(chan struct{}, readsAtOnce)}
	for name, most := range books {
		b, err := openBook(dir, name, most)
		if err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
		l.books[name] = b
	}
	return l, nil
}

// To writes all books to a stream, such as standard output. Reading them returns no records.
func To(w io.Writer) *Log {
	return &Log{stream: &stream{w: w}, reading: make(chan struct{}, readsAtOnce)}
}

// Append a line.
func (l *Log) Append(r Record) error {
	line, err := r.line()
	if err != nil {
		return err
	}
	if l.stream != nil {
		return l.stream.append(line)
	}
	return l.books[r.book()].append(r, line)
}

type stream struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *stream) append(line []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.w.Write(line)
	return err
}
