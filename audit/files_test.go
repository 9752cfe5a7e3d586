package audit

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// small logs, so that tests fill them.
func small(t *testing.T, dir string) *Log {
	l := open(t, dir)
	for _, f := range l.logs {
		f.segment, f.most = 1000, 10_000
	}
	return l
}

// size of all files of a log.
func size(t *testing.T, dir, log string) (total int64) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, log, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		total += info.Size()
	}
	return total
}

func TestAFloodDisplacesOnlyItsOwnLines(t *testing.T) {
	change := Record{Time: start, Stage: Answered, RequestID: "first", Principal: "anna", Status: 200}
	for sentence, flood := range map[string]Record{
		"of refused writes of another principal":   {Principal: "eve", Status: 403},
		"of refused writes of the same principal":  {Principal: "anna", Status: 400},
		"of changes of another principal":          {Principal: "eve", Status: 200},
		"of log-ins of the same principal":         {Principal: "anna", Status: 200, LogIn: true},
		"of throttled writes of the same one":      {Principal: "anna", Status: 429},
		"of refused log-ins that claim to be anna": {Claimed: "anna", Status: 401},
	} {
		t.Run(sentence, func(t *testing.T) {
			dir := t.TempDir()
			l := small(t, dir)
			write(t, l, change)
			for i := range 500 {
				flood.Time, flood.Stage, flood.RequestID = start, Answered, fmt.Sprint(i)
				write(t, l, flood)
			}
			for _, again := range []*Log{l, open(t, dir)} {
				if got := read(t, again, Query{}); !strings.Contains(got, "first:answered") || !strings.Contains(got, "499:answered") {
					t.Errorf("the record is gone, or the newest of the flood: %.60s", got)
				}
			}
			for name := range maxBytes {
				if n := size(t, dir, name); n > 10_000 {
					t.Errorf("log %s has %d bytes", name, n)
				}
			}
		})
	}
}

func TestUnauthenticatedLinesAreGroupedByAddress(t *testing.T) {
	l := small(t, t.TempDir())
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "other", From: "10.0.0.1", Status: 401})
	for i := range 500 {
		write(t, l, Record{Time: start, Stage: Answered, RequestID: fmt.Sprint(i), From: "10.0.0.3", Status: 401})
	}
	if got := read(t, l, Query{}); !strings.Contains(got, "other:answered") {
		t.Errorf("a flood from one address displaced another's line: %.60s", got)
	}
	sources := map[string]bool{}
	for i := range 10_000 {
		sources[Record{From: fmt.Sprint(i)}.source()] = true
	}
	if len(sources) != addressGroups {
		t.Errorf("addresses have %d sources", len(sources))
	}
}

func TestFullest(t *testing.T) {
	of := func(source string, size int64) *segment { return &segment{source: source, size: size} }
	all := []*segment{of("a", 3), of("b", 2), of("b", 2), of("c", 1)}
	for sentence, c := range map[string]struct {
		most int64
		want int
	}{
		"nothing goes while all of it fits":          {8, -1},
		"the oldest file of the largest source goes": {7, 1},
		"it goes also if it is not enough by itself": {1, 1},
		"an empty log has no file to lose":           {-1, -1},
	} {
		t.Run(sentence, func(t *testing.T) {
			log := all
			if strings.HasPrefix(sentence, "an empty") {
				log = nil
			}
			if got := fullest(log, c.most); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestALineIsShort(t *testing.T) {
	for sentence, long := range map[string]string{
		"less-than signs": strings.Repeat("<", 8<<10), "quotes": strings.Repeat(`"`, 8<<10), "line separators": strings.Repeat("\u2028", 8<<10),
		"letters of two bytes": strings.Repeat("ä", 8<<10), "what is no text": strings.Repeat("\xff", 8<<10),
	} {
		r := Record{
			Time: start, RequestID: long, CorrelationID: long, Principal: "anna", Name: long, Claimed: long, From: "1.1.1.1", ResourceID: "/" + long, APIVersion: long,
		}
		line, err := r.line()
		if err != nil || len(line) > 8<<10 || !json.Valid(line) {
			t.Errorf("%s: %d bytes, %v", sentence, len(line), err)
		}
	}
}

func TestFilesOfEarlierVersionsAreRead(t *testing.T) {
	dir := t.TempDir()
	for name, id := range map[string]string{"audit.jsonl": "new", "audit.1.jsonl": "older", "audit.2.jsonl": "oldest"} {
		line := fmt.Sprintf(`{"time":"2026-11-23T08:0%d:00Z","stage":"answered","requestId":%q,"principal":"anna"}`+"\n", 9-len(id), id)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(line), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l := small(t, dir)
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "now", Principal: "anna"})
	if got := read(t, l, Query{}); got != "oldest:answered older:answered new:answered now:answered" {
		t.Errorf("got %q", got)
	}
	logs, err := Tail(dir, 1<<20)
	if err != nil || strings.Count(string(logs[auditLog]), "\n") != 4 || !strings.HasPrefix(string(logs[auditLog]), `{"time":"2026-11-23T08:03`) {
		t.Errorf("got %s, %v", logs[auditLog], err)
	}
}

func TestALineThatWasCutOffDamagesNoOther(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "a", Principal: "anna"})
	o, err := os.OpenFile(l.logs[auditLog].files(Query{})[0].path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.WriteString(`{"time":"2026-`); err != nil {
		t.Fatal(err)
	}
	_ = o.Close()
	l = open(t, dir)
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "b", Principal: "anna"})
	if got := read(t, l, Query{}); got != "a:answered b:answered" {
		t.Errorf("got %q", got)
	}
}

func TestAfterAFailureLinesAreWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, auditLog)); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(Record{Principal: "anna"}); err == nil {
		t.Error("a line that could not be written was no error")
	}
	if err := os.Mkdir(filepath.Join(dir, auditLog), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "later", Principal: "anna"})
	if got := read(t, l, Query{}); got != "later:answered" {
		t.Errorf("got %q", got)
	}
}

func TestManyPrincipalsKeepFewFilesOpen(t *testing.T) {
	l := open(t, t.TempDir())
	for i := range 4 * maxOpen {
		write(t, l, Record{Time: start, Stage: Answered, RequestID: fmt.Sprint(i), Principal: fmt.Sprintf("p%d", i%(2*maxOpen))})
	}
	files := 0
	for _, s := range l.logs[auditLog].all {
		if s.open != nil {
			files++
		}
	}
	if files > maxOpen {
		t.Errorf("%d files are open", files)
	}
	if got := len(strings.Fields(read(t, l, Query{}))); got != 4*maxOpen {
		t.Errorf("%d records", got)
	}
}

func TestAReadParsesOnlyLinesThatCanMatch(t *testing.T) {
	s := selection{query: Query{Resource: "/subscriptions/1", Since: start}, at: map[string]int{}}
	s.needles = s.query.needles()
	line := func(id, resource string, at time.Time) string {
		r := Record{Time: at, Stage: Answered, RequestID: id, Principal: "anna", ResourceID: resource}
		text, err := r.line()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	early := start.Add(-time.Hour)
	s.read([]byte(line("old", "/subscriptions/1", early) + line("old2", "/subscriptions/1", early)))
	s.read([]byte(line("a", "/Subscriptions/1/x", start) + line("b", "/subscriptions/2", start) + "{broken /subscriptions/1\n" + line("c", "/SUBSCRIPTIONS/1", start)))
	got := ""
	for _, r := range s.found {
		got += r.RequestID
	}
	if got != "ac" {
		t.Errorf("got %q", got)
	}
}

func TestAReadOpensOnlyFilesThatCanMatch(t *testing.T) {
	dir := t.TempDir()
	l := small(t, dir)
	l.logs[auditLog].most = 1 << 20
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	for i := range 100 { // some 20 files, of which the last 10 have subscription 2
		write(t, l, Record{Time: at(i), Stage: Answered, RequestID: fmt.Sprint(i), Principal: "anna", ResourceID: fmt.Sprintf("/Subscriptions/%d/x", 1+i/50)})
	}
	again := open(t, dir)
	all := len(again.files(Query{}))
	read(t, again, Query{}) // the indices are learned
	for sentence, c := range map[string]struct {
		query      Query
		most, want int
	}{
		"of everything":                {Query{}, all, 100},
		"of a subscription":            {Query{Resource: "/subscriptions/2"}, all/2 + 2, 50},
		"of a group":                   {Query{Resource: "/subscriptions/2/x"}, all/2 + 2, 50},
		"of another subscription":      {Query{Resource: "/subscriptions/3"}, 1, 0},
		"since a time":                 {Query{Since: at(90)}, all/10 + 3, 10},
		"until a time":                 {Query{Until: at(9)}, all/10 + 3, 10},
		"of a subscription and a time": {Query{Resource: "/subscriptions/1", Since: at(90)}, 1, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			for name, l := range map[string]*Log{"as it was written": l, "after a restart": again} {
				if n := len(l.files(c.query)); n > c.most {
					t.Errorf("%s: %d of %d files are read", name, n, all)
				}
				if n := len(strings.Fields(read(t, l, c.query))); n != c.want {
					t.Errorf("%s: %d records, want %d", name, n, c.want)
				}
			}
		})
	}
	for last := range 12 {
		got := strings.Fields(read(t, l, Query{Last: last + 1}))
		if len(got) != last+1 || got[0] != fmt.Sprintf("%d:answered", 99-last) || got[last] != "99:answered" {
			t.Errorf("the last %d are %v", last+1, got)
		}
	}
}

func TestEnough(t *testing.T) {
	s := selection{query: Query{Last: 2}, at: map[string]int{}}
	older := file{known: true, until: start.Add(-time.Minute)}
	if s.enough(older) {
		t.Error("nothing was found yet")
	}
	for i := range 3 {
		s.take([]byte(fmt.Sprintf(`{"time":%q,"requestId":"%d"}`, start.Add(time.Duration(i)*time.Second).Format(time.RFC3339), i)))
	}
	if !s.enough(older) || len(s.found) != 2 {
		t.Errorf("older files are read although %d newer records were found", len(s.found))
	}
	if s.enough(file{known: true, until: start.Add(time.Minute)}) || s.enough(file{until: start.Add(-time.Minute)}) {
		t.Error("a file that can have newer records is left out")
	}
}
