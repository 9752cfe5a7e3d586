package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// maxListed is how many subscriptions an index lists; a file with more is read for every one.
const maxListed = 64

// index of a file: what a read must know to leave it out.
type index struct {
	from, to      time.Time
	subscriptions map[string]bool // lower-case IDs; "" for what is in none
}

func newIndex() *index { return &index{subscriptions: map[string]bool{}} }

// indexOf the lines of a file.
func indexOf(lines []byte) *index {
	x := newIndex()
	for line := range bytes.Lines(lines) {
		var r Record
		if json.Unmarshal(line, &r) == nil {
			x.add(r)
		}
	}
	return x
}

func (x *index) add(r Record) {
	if x.from.IsZero() || r.Time.Before(x.from) {
		x.from = r.Time
	}
	if r.Time.After(x.to) {
		x.to = r.Time
	}
	if len(x.subscriptions) <= maxListed {
		x.subscriptions[subscriptionOf(r.ResourceID)] = true
	}
}

// mayHave reports whether a file can have a record that is asked for. Nothing is known of a file without an index.
func (x *index) mayHave(q Query) bool {
	if x == nil {
		return true
	}
	id := subscriptionOf(q.Resource)
	switch {
	case !q.Since.IsZero() && x.to.Before(q.Since), !q.Until.IsZero() && x.from.After(q.Until):
		return false
	}
	return id == "" || len(x.subscriptions) > maxListed || x.subscriptions[id]
}

// subscriptionOf an ARM ID, in lower case.
func subscriptionOf(resource string) string {
	rest, ok := strings.CutPrefix(strings.ToLower(resource), "/subscriptions/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "/")
	return id
}
