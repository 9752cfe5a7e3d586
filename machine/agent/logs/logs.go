// Package logs writes the output of programs to files of bounded size, and line by line, with the program's name, to a shared output.
package logs

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// File is a log file that is renamed to name.1, and that to name.2, when it reaches its limit. Only the agent writes it: programs write to a
// pipe, so none has to reopen its log.
type File struct {
	path  string
	limit int64

	mu   sync.Mutex
	file *os.File
	size int64
}

// Limit of a log file in bytes. With the two older files a program uses at most 30 MiB.
const Limit = 10 << 20

// Open the log file of a program in dir.
func Open(dir, program string, limit int64) (*File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("creating the log directory: %w", err)
	}
	f := &File{path: filepath.Join(dir, program+".log"), limit: limit}
	return f, f.open()
}

func (f *File) open() error {
	file, err := os.OpenFile(f.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return fmt.Errorf("opening the log: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return fmt.Errorf("opening the log: %w", err)
	}
	f.file, f.size = file, info.Size()
	return nil
}

// Write appends p to one file.
func (f *File) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil || (f.size > 0 && f.size+int64(len(p)) > f.limit) {
		if err := f.rotate(); err != nil {
			return 0, err
		}
	}
	n, err := f.file.Write(p)
	f.size += int64(n)
	return n, err
}

func (f *File) rotate() error {
	if f.file != nil {
		f.file.Close()
		f.file = nil
		// It fails when there is no older file yet.
		_ = os.Rename(f.path+".1", f.path+".2")
		if err := os.Rename(f.path, f.path+".1"); err != nil {
			return fmt.Errorf("renaming the full log: %w", err)
		}
	}
	return f.open()
}

// Shared is an output that several programs write to, in whole lines.
type Shared struct {
	mu  sync.Mutex
	out io.Writer
}

// Share an output among programs.
func Share(out io.Writer) *Shared { return &Shared{out: out} }

// Named returns a writer that puts name before each line.
func (s *Shared) Named(name string) io.Writer {
	return &named{shared: s, prefix: []byte(name + ": ")}
}

// maxLine in bytes; a longer line is split.
const maxLine = 64 << 10

type named struct {
	shared *Shared
	prefix []byte

	mu   sync.Mutex
	rest []byte
}

// Write writes whole lines and keeps an incomplete one until its end is written.
func (n *named) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rest = append(n.rest, p...)
	var lines []byte
	for {
		end := bytes.IndexByte(n.rest, '\n')
		if end < 0 && len(n.rest) < maxLine {
			break
		}
		line := n.rest
		if end >= 0 {
			line = n.rest[:end]
		}
		lines = append(append(append(lines, n.prefix...), line...), '\n')
		n.rest = n.rest[min(len(line)+1, len(n.rest)):]
	}
	n.rest = append([]byte(nil), n.rest...)
	if len(lines) == 0 {
		return len(p), nil
	}
	n.shared.mu.Lock()
	defer n.shared.mu.Unlock()
	if _, err := n.shared.out.Write(lines); err != nil {
		return 0, err
	}
	return len(p), nil
}
