package audit

import (
	"fmt"
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
