package audit

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestTailReturnsTheNewestLines(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir)
	l.logs[auditLog].segment = 1000
	const all = 40
	for i := range all {
		write(t, l, Record{Time: start, Stage: Answered, RequestID: fmt.Sprint(i), Principal: "anna", Status: 200})
	}
	for sentence, c := range map[string]struct{ most, least int }{
		"less than the newest file has": {200, 1},
		"more than one file":            {3000, 15},
		"all of them":                   {1 << 20, all},
	} {
		t.Run(sentence, func(t *testing.T) {
			logs, err := Tail(dir, c.most)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSuffix(string(logs[auditLog]), "\n"), "\n")
			if len(lines) < c.least || len(logs[auditLog]) > c.most {
				t.Errorf("%d lines of %d bytes", len(lines), len(logs[auditLog]))
			}
			for i, line := range lines {
				var r Record
				if err := json.Unmarshal([]byte(line), &r); err != nil || r.RequestID != fmt.Sprint(all-len(lines)+i) {
					t.Fatalf("line %d of %d is %q: %v", i, len(lines), line, err)
				}
			}
		})
	}
	if none, err := Tail(t.TempDir(), 100); err != nil || len(none) != 0 {
		t.Errorf("a directory without logs has %v, %v", none, err)
	}
}
