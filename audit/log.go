package audit

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Bounds of the books: the size of a file, and how many older ones each book keeps. Together about 200 MiB.
const (
	fileBytes    = 16 << 20
	keptDeeds    = 9
	keptNameless = 2
)

// Log is the two books.
type Log struct{ deeds, nameless book }

type book interface {
	append(line []byte) error
	read(each func(line []byte)) error
}

// Open the books in a directory: deeds.jsonl and nameless.jsonl, and older files of each, deeds.1.jsonl being the youngest.
func Open(dir string) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	l := &Log{
		deeds:    &file{stem: filepath.Join(dir, "deeds"), max: fileBytes, keep: keptDeeds},
		nameless: &file{stem: filepath.Join(dir, "nameless"), max: fileBytes, keep: keptNameless},
	}
	for _, b := range []book{l.deeds, l.nameless} {
		if err := b.append(nil); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// To writes both books to a stream, such as standard output. They cannot be read.
func To(w io.Writer) *Log {
	s := &stream{w: w}
	return &Log{deeds: s, nameless: s}
}

// Append a line.
func (l *Log) Append(r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	b := l.deeds
	if r.Nameless() {
		b = l.nameless
	}
	return b.append(append(line, '\n'))
}

// Query picks records. Zero fields pick all.
type Query struct {
	Since, Until time.Time
	// Principal by its ID or name.
	Principal string
	// Resource is an ARM ID; what is below it is meant too.
	Resource string
	// Last is how many records are wanted at most, the youngest ones.
	Last int
}

// Read the records, the oldest first: one for each request, that of its answer if there is one.
func (l *Log) Read(q Query) ([]Record, error) {
	at := map[string]int{}
	var found []Record
	each := func(line []byte) {
		var r Record
		if json.Unmarshal(line, &r) != nil || !q.picks(r) { // a line that was cut off by a crash is no record
			return
		}
		if i, there := at[r.RequestID]; there && r.RequestID != "" {
			if r.Stage == Answered {
				found[i] = r
			}
			return
		}
		at[r.RequestID] = len(found)
		found = append(found, r)
	}
	for _, b := range []book{l.deeds, l.nameless} {
		if err := b.read(each); err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
	}
	slices.SortStableFunc(found, func(a, b Record) int { return a.Time.Compare(b.Time) })
	if q.Last > 0 && len(found) > q.Last {
		found = found[len(found)-q.Last:]
	}
	return found, nil
}

func (q Query) picks(r Record) bool {
	who := func(name string) bool { return strings.EqualFold(name, q.Principal) }
	at, below := strings.ToLower(r.ResourceID), strings.ToLower(strings.TrimSuffix(q.Resource, "/"))
	switch {
	case !q.Since.IsZero() && r.Time.Before(q.Since), !q.Until.IsZero() && r.Time.After(q.Until):
		return false
	case q.Principal != "" && !who(r.Principal) && !who(r.Name) && !who(r.Claimed):
		return false
	}
	return below == "" || at == below || strings.HasPrefix(at, below+"/")
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

func (s *stream) read(func([]byte)) error { return nil }
