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

// Bounds of the logs: the size of a file, and how many older files each log keeps. Together about 200 MiB.
const (
	fileBytes           = 16 << 20
	keptAudit           = 9
	keptUnauthenticated = 2
)

// Names of the logs and of their files.
const (
	auditName           = "audit"
	unauthenticatedName = "unauthenticated"
)

// Log is the two logs: of authenticated and of unauthenticated callers.
type Log struct{ audit, unauthenticated sink }

// sink keeps lines.
type sink interface {
	append(line []byte) error
	read(each func(line []byte)) error
}

// Open the logs in a directory: audit.jsonl and unauthenticated.jsonl, with older files beside them; audit.1.jsonl is newer than
// audit.2.jsonl.
func Open(dir string) (*Log, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	l := &Log{
		audit:           &file{stem: filepath.Join(dir, auditName), max: fileBytes, keep: keptAudit},
		unauthenticated: &file{stem: filepath.Join(dir, unauthenticatedName), max: fileBytes, keep: keptUnauthenticated},
	}
	for _, s := range []sink{l.audit, l.unauthenticated} {
		if err := s.append(nil); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// To writes both logs to a stream, such as standard output. Reading them returns no records.
func To(w io.Writer) *Log {
	s := &stream{w: w}
	return &Log{audit: s, unauthenticated: s}
}

// Append a line.
func (l *Log) Append(r Record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	s := l.audit
	if r.Unauthenticated() {
		s = l.unauthenticated
	}
	return s.append(append(line, '\n'))
}

// Query selects records. Zero fields select all.
type Query struct {
	Since, Until time.Time
	// Principal is an ID or a name.
	Principal string
	// Resource is an ARM ID; resources below it are included.
	Resource string
	// Last limits the number of records to the newest ones; 0 means no limit.
	Last int
}

// Read returns records, the oldest first: one for each request, that of its answer if there is one.
func (l *Log) Read(q Query) ([]Record, error) {
	at := map[string]int{}
	var found []Record
	each := func(line []byte) {
		var r Record
		if json.Unmarshal(line, &r) != nil || !q.selects(r) { // a crash can cut off a line
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
	for _, s := range []sink{l.audit, l.unauthenticated} {
		if err := s.read(each); err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
	}
	slices.SortStableFunc(found, func(a, b Record) int { return a.Time.Compare(b.Time) })
	if q.Last > 0 && len(found) > q.Last {
		found = found[len(found)-q.Last:]
	}
	return found, nil
}

func (q Query) selects(r Record) bool {
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
