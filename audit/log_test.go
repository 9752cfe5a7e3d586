package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *Log {
	t.Helper()
	l, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func write(t *testing.T, l *Log, records ...Record) {
	t.Helper()
	for _, r := range records {
		if err := l.Append(r); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, l *Log, q Query) string {
	t.Helper()
	found, err := l.Read(q)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, r := range found {
		all = append(all, fmt.Sprintf("%s:%s", r.RequestID, r.Stage))
	}
	return strings.Join(all, " ")
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	at := func(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }
	write(t, l,
		Record{Time: at(0), Stage: Received, RequestID: "a", Principal: "anna", ResourceID: "/subscriptions/1/resourceGroups/rg"},
		Record{Time: at(1), Stage: Answered, RequestID: "a", Principal: "anna", ResourceID: "/subscriptions/1/resourceGroups/rg", Status: 201},
		Record{Time: at(2), Stage: Answered, RequestID: "b", Claimed: "eve", ResourceID: "/adfs/oauth2/token", Status: 401},
		Record{Time: at(3), Stage: Received, RequestID: "c", Principal: "berta", Name: "b@x.y", ResourceID: "/subscriptions/10"},
	)
	again := open(t, dir)
	for sentence, c := range map[string]struct {
		query Query
		want  string
	}{
		"everything is there after a restart, each request once": {Query{}, "a:answered b:answered c:received"},
		"the newest ones are selected":                           {Query{Last: 2}, "b:answered c:received"},
		"a start time":                                           {Query{Since: at(2)}, "b:answered c:received"},
		"an end time":                                            {Query{Until: at(2)}, "a:answered b:answered"},
		"a principal by ID, whatever the case":                   {Query{Principal: "ANNA"}, "a:answered"},
		"a principal by name":                                    {Query{Principal: "b@x.y"}, "c:received"},
		"a name that was only claimed":                           {Query{Principal: "eve"}, "b:answered"},
		"a subscription, and not one whose ID begins alike":      {Query{Resource: "/Subscriptions/1"}, "a:answered"},
		"a write without an answer is there as received":         {Query{Principal: "berta"}, "c:received"},
		"a time at which nothing happened has no records":        {Query{Since: at(9)}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := read(t, again, c.query); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestUnauthenticatedCallersDisplaceNothing(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	l.audit.(*file).max, l.unauthenticated.(*file).max = 1000, 1000
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "first", Principal: "anna", Status: 200})
	for i := range 500 {
		write(t, l, Record{Time: start, Stage: Answered, RequestID: fmt.Sprint(i), Status: 401},
			Record{Time: start, Stage: Answered, RequestID: fmt.Sprint("t", i), Principal: "anna", Status: 429})
	}
	if got := read(t, l, Query{}); !strings.HasPrefix(got, "first:answered ") {
		t.Errorf("the authenticated record is gone: %.60s", got)
	}
	files, _ := filepath.Glob(filepath.Join(dir, unauthenticatedName+"*"))
	var size int64
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		size += info.Size()
	}
	if len(files) != keptUnauthenticated+1 || size > 1000*(keptUnauthenticated+1) {
		t.Errorf("%d files of %d bytes", len(files), size)
	}
}

func TestALineThatWasCutOffDamagesNoOther(t *testing.T) {
	dir := t.TempDir()
	write(t, open(t, dir), Record{Time: start, Stage: Answered, RequestID: "a", Principal: "anna"})
	o, err := os.OpenFile(filepath.Join(dir, auditName+".jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.WriteString(`{"time":"2026-`); err != nil {
		t.Fatal(err)
	}
	_ = o.Close()
	l := open(t, dir)
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "b", Principal: "anna"})
	if got := read(t, l, Query{}); got != "a:answered b:answered" {
		t.Errorf("got %q", got)
	}
}

func TestAfterAFailureLinesAreWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	f := l.audit.(*file)
	stem := f.stem
	f.close()
	f.stem = filepath.Join(dir, "missing", auditName)
	if err := l.Append(Record{Principal: "anna"}); err == nil {
		t.Error("a line that could not be written was no error")
	}
	f.stem = stem
	write(t, l, Record{Time: start, Stage: Answered, RequestID: "later", Principal: "anna"})
	if got := read(t, l, Query{}); got != "later:answered" {
		t.Errorf("got %q", got)
	}
}
