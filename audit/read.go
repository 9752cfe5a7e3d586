package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// readsAtOnce bounds what reading costs: each read holds one file in memory at a time.
const readsAtOnce = 2

// maxFile is more than any file has: those of versions that had one share have 16 MiB.
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

// Read returns records, the oldest first: one for each request, that of its answer if there is one. Files in which nothing can match are left
// out by the times of their first and last lines, and lines by what they must contain, so that few are parsed.
func (l *Log) Read(q Query) ([]Record, error) {
	l.reading <- struct{}{}
	defer func() { <-l.reading }()
	s := selection{query: q, needles: q.needles(), at: map[string]int{}}
	for _, path := range l.files() {
		lines, _, err := content(path, maxFile)
		if err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
		s.read(lines)
	}
	s.trim()
	return s.found, nil
}

// files of all books. Their order matters little: what a read finds is sorted.
func (l *Log) files() (all []string) {
	for _, name := range []string{auditBook, refusedBook, logInsBook, unauthenticatedBook} {
		if b := l.books[name]; b != nil {
			all = append(all, b.files()...)
		}
	}
	return all
}

// selection of records while files are read.
type selection struct {
	query   Query
	needles [][]byte
	found   []Record
	at      map[string]int // by request
}

// read the lines of one file.
func (s *selection) read(lines []byte) {
	if len(lines) == 0 || s.query.outside(lines) {
		return
	}
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
	if s.query.Last > 0 && len(s.found) > 4*s.query.Last {
		s.trim()
	}
}

func (s *selection) take(line []byte) {
	var r Record
	if json.Unmarshal(line, &r) != nil || !s.query.selects(r) { // a crash can cut off a line
		return
	}
	if i, there := s.at[r.RequestID]; there && r.RequestID != "" {
		if r.Stage == Answered {
			s.found[i] = r
		}
		return
	}
	s.at[r.RequestID] = len(s.found)
	s.found = append(s.found, r)
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
}

// outside reports whether a file has lines of other times only, by its first and last one.
func (q Query) outside(lines []byte) bool {
	if q.Since.IsZero() && q.Until.IsZero() {
		return false
	}
	first, _, _ := bytes.Cut(lines, []byte("\n"))
	trimmed := bytes.TrimRight(lines, "\n")
	last := trimmed[bytes.LastIndexByte(trimmed, '\n')+1:]
	var begin, end Record
	if json.Unmarshal(first, &begin) != nil || json.Unmarshal(last, &end) != nil {
		return false
	}
	// Lines of requests that were served at the same time may stand in another order.
	const slack = time.Minute
	return !q.Since.IsZero() && end.Time.Add(slack).Before(q.Since) || !q.Until.IsZero() && begin.Time.Add(-slack).After(q.Until)
}

// needles are texts that every selected line contains, whatever its case.
func (q Query) needles() (all [][]byte) {
	for _, text := range []string{q.Principal, strings.TrimSuffix(q.Resource, "/")} {
		odd := func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`"\<>&`, r) } // written in several ways
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
