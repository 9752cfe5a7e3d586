package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// file is a log of several files. Lines are appended to the newest one; the oldest one is overwritten (docs/design/libraries.md).
type file struct {
	stem string
	max  int64 // bytes of one file
	keep int   // older files

	mu   sync.Mutex
	open *os.File
	size int64
}

func (f *file) name(age int) string {
	if age == 0 {
		return f.stem + ".jsonl"
	}
	return fmt.Sprintf("%s.%d.jsonl", f.stem, age)
}

// append a line. After an error the next line reopens the file, which ends a partial line.
func (f *file) append(line []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.ready(int64(len(line)))
	if err == nil {
		var n int
		n, err = f.open.Write(line)
		f.size += int64(n)
	}
	if err != nil {
		f.close()
		return fmt.Errorf("audit log %s: %w", f.name(0), err)
	}
	return nil
}

// ready opens the newest file, and starts another one if the line does not fit.
func (f *file) ready(more int64) error {
	if f.open == nil {
		if err := f.begin(); err != nil {
			return err
		}
	}
	if f.size+more <= f.max || f.size == 0 {
		return nil
	}
	f.close()
	for age := f.keep; age > 0; age-- {
		if err := os.Rename(f.name(age-1), f.name(age)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return f.begin()
}

// begin opens the newest file at its end. It ends a last line that a crash cut off, so that the next line is not part of it.
func (f *file) begin() error {
	o, err := os.OpenFile(f.name(0), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := o.Stat()
	if err != nil {
		return errors.Join(err, o.Close())
	}
	f.open, f.size = o, info.Size()
	if f.size == 0 {
		return nil
	}
	last := make([]byte, 1)
	if _, err := o.ReadAt(last, f.size-1); err != nil {
		return err
	}
	if last[0] != '\n' {
		n, err := o.Write([]byte("\n"))
		f.size += int64(n)
		return err
	}
	return nil
}

func (f *file) close() {
	if f.open != nil {
		_ = f.open.Sync() // without it the lines are lost only if the machine ends
		_ = f.open.Close()
		f.open = nil
	}
}

// read every line, the oldest first. Only opening the files blocks writers.
func (f *file) read(each func([]byte)) error {
	all, err := f.handles()
	for _, o := range all {
		defer o.Close()
	}
	if err != nil {
		return err
	}
	for _, o := range all {
		if err := scan(o, each); err != nil {
			return err
		}
	}
	return nil
}

// handles of all files, the oldest first. A handle keeps reading its file when the file is renamed.
func (f *file) handles() ([]*os.File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []*os.File
	for age := f.keep; age >= 0; age-- {
		o, err := os.Open(f.name(age))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return all, err
		}
		all = append(all, o)
	}
	return all, nil
}

func scan(o *os.File, each func([]byte)) error {
	s := bufio.NewScanner(o)
	s.Buffer(make([]byte, 0, 64<<10), 1<<20)
	for s.Scan() {
		each(s.Bytes())
	}
	return s.Err()
}
