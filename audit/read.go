package audit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// readsAtOnce bounds what reading costs: each read holds one file in memory at a time.
const readsAtOnce = 2

// maxFile is more than any file has: those of earlier versions, which had one set of files, have 16 MiB.
const maxFile = 64 << 20

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

// Read returns records, the oldest first: one for each request, that of its answer if there is one. It reads the newest files first and as few as
// it can: an index holds which times and subscriptions a file has, and only lines that contain what is asked for are parsed.
func (l *Log) Read(q Query) ([]Record, error) {
	l.reading <- struct{}{}
	defer func() { <-l.reading }()
	s := selection{query: q, needles: q.needles(), at: map[string]int{}}
	for _, f := range l.files(q) {
		if s.enough(f) {
			break
		}
		lines, _, err := content(f.path, maxFile)
		if err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
		if !f.known {
			f.set.learn(f.path, indexOf(lines))
		}
		s.read(lines)
	}
	s.trim()
	return s.found, nil
}

// files of all logs that can contain what is asked for: those without an index first, and then the newest first.
func (l *Log) files(q Query) (all []file) {
	for _, f := range l.logs {
		all = append(all, f.files(q)...)
	}
	slices.SortFunc(all, func(a, b file) int {
		if a.known != b.known {
			return cmp.Compare(number(a.known), number(b.known))
		}
		return cmp.Or(b.until.Compare(a.until), strings.Compare(a.path, b.path))
	})
	return all
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// selection of records while files are read.
type selection struct {
	query   Query
	needles [][]byte
	found   []Record
	at      map[string]int // by request
	trimmed bool           // found is sorted
}

// read the lines of one file.
func (s *selection) read(lines []byte) {
	plain := lowered(lines)
	for len(lines) > 0 {
		n := bytes.IndexByte(lines, '\n') + 1
		if n == 0 {
			n = len(lines)
		}
		if containsAll(plain[:n], s.needles) {
			s.take(lines[:n])
		}
		lines, plain = lines[n:], plain[n:]
	}
}

// enough reports whether all that is asked for was found: the file, and those after it, have only older records.
func (s *selection) enough(f file) bool {
	last := s.query.Last
	if last == 0 || len(s.found) < last || !f.known {
		return false
	}
	if len(s.found) > last || !s.trimmed {
		s.trim()
	}
	return f.until.Before(s.found[0].Time)
}

func (s *selection) take(line []byte) {
	var r Record
	if json.Unmarshal(line, &r) != nil || !s.query.selects(r) { // a crash can cut off a line
		return
	}
	if i, there := s.at[r.RequestID]; there && r.RequestID != "" {
		if r.Stage == Answered {
			s.found[i], s.trimmed = r, false
		}
		return
	}
	s.at[r.RequestID] = len(s.found)
	s.found, s.trimmed = append(s.found, r), false
}

// trim keeps the newest records, in their order.
func (s *selection) trim() {
	slices.SortStableFunc(s.found, func(a, b Record) int { return a.Time.Compare(b.Time) })
	if last := s.query.Last; last > 0 && len(s.found) > last {
		s.found = slices.Clone(s.found[len(s.found)-last:])
	}
	clear(s.at)
	for i, r := range s.found {
		s.at[r.RequestID] = i
	}
	s.trimmed = true
}

// needles are texts that every selected line contains, whatever its case.
func (q Query) needles() (all [][]byte) {
	for _, text := range []string{q.Principal, strings.TrimSuffix(q.Resource, "/")} {
		odd := func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) } // JSON has several escapes for it
		if i := strings.IndexFunc(text, odd); i >= 0 {
			text = text[:i]
		}
		if text != "" {
			all = append(all, lowered([]byte(text)))
		}
	}
	return all
}

func containsAll(line []byte, needles [][]byte) bool {
	for _, n := range needles {
		if !bytes.Contains(line, n) {
			return false
		}
	}
	return true
}

// lowered has ASCII's letters in lower case and the same length.
func lowered(text []byte) []byte {
	low := bytes.Clone(text)
	for i, c := range low {
		if 'A' <= c && c <= 'Z' {
			low[i] = c + 'a' - 'A'
		}
	}
	return low
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
