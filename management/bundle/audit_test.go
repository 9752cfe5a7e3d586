package bundle

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lotse.dev/audit"
)

// packed is what one part puts into a bundle.
func packed(t *testing.T, p Part) (map[string]string, error) {
	t.Helper()
	var b bytes.Buffer
	entries, err := Write(t.Context(), &b, "d", time.Now(), []Part{p})
	if err != nil {
		t.Fatal(err)
	}
	return unpack(t, &b), entries[0].Problem
}

func unreachable(context.Context) ([]byte, error) {
	return nil, errors.New("the front door does not answer")
}

func TestTheLogsOfThisHostNeedNoLotse(t *testing.T) {
	volumes := t.TempDir()
	if err := os.MkdirAll(filepath.Join(volumes, "pvc-etcd", "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(filepath.Join(volumes, "pvc-audit"))
	if err != nil {
		t.Fatal(err)
	}
	token := "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
	record := audit.Record{
		Time: time.Now().UTC(), Stage: audit.Answered, RequestID: "r", CorrelationID: "c", Principal: "p", Name: "anna@x.y", From: "10.0.0.1", Method: "POST",
		ResourceID: "/providers/Lotse.Identity/principals/p/secrets/s", Action: "Lotse.Identity/principals/secrets/write", Status: 201,
	}
	for _, r := range []audit.Record{record, {Stage: audit.Answered, Claimed: token, ResourceID: "/adfs/oauth2/token", Status: 401}} {
		if err := log.Append(r); err != nil {
			t.Fatal(err)
		}
	}
	files, problem := packed(t, Audit(volumes, unreachable))
	if problem != nil {
		t.Error(problem)
	}
	if got := slices.Sorted(maps.Keys(files)); !slices.Equal(got, []string{"d/audit/audit.jsonl", "d/audit/unauthenticated.jsonl"}) {
		t.Errorf("got %q", got)
	}
	var read audit.Record
	if err := json.Unmarshal([]byte(files["d/audit/audit.jsonl"]), &read); err != nil || read != record {
		t.Errorf("of %+v there is %+v, %v", record, read, err)
	}
	if line := files["d/audit/unauthenticated.jsonl"]; strings.Contains(line, token) || !strings.Contains(line, `"claimed":"REDACTED TOKEN"`) {
		t.Errorf("a token that was given as a name is there: %s", line)
	}
}

func TestWithoutLogsTheFrontDoorIsAsked(t *testing.T) {
	answers := func(context.Context) ([]byte, error) { return []byte("{}\n"), nil }
	for sentence, volumes := range map[string]string{"an installation elsewhere": "", "a machine without volumes": t.TempDir()} {
		t.Run(sentence, func(t *testing.T) {
			if files, problem := packed(t, Audit(volumes, answers)); problem != nil || files["d/audit/records.jsonl"] != "{}\n" {
				t.Errorf("got %q, %v", files, problem)
			}
			if _, problem := packed(t, Audit(volumes, unreachable)); problem == nil || !strings.Contains(problem.Error(), "does not answer") {
				t.Errorf("the problem is %v", problem)
			}
		})
	}
}
