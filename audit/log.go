package audit

import (
	"fmt"
	"io"
	"sync"
)

// segmentBytes is the size of a file.
const segmentBytes = 1 << 20

// maxBytes of the files of each log; together 304 MiB.
var maxBytes = map[string]int64{auditLog: 160 << 20, refusedLog: 48 << 20, logInsLog: 48 << 20, unauthenticatedLog: 48 << 20}

// Log consists of four logs: changes, refused requests, log-ins and unauthenticated callers.
type Log struct {
	logs    map[string]*fileSet
	stream  *stream
	reading chan struct{}
}

// Open the logs in a directory, each in a directory of its name.
func Open(dir string) (*Log, error) {
	l := &Log{logs: map[string]*fileSet{}, reading: make(chan struct{}, readsAtOnce)}
	for name, most := range maxBytes {
		f, err := openFiles(dir, name, most)
		if err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
		l.logs[name] = f
	}
	return l, nil
}

// To writes all logs to a stream, such as standard output. Reading them returns no records.
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
	return l.logs[r.log()].append(r, line)
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
