package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// unpack a bundle into its files.
func unpack(t *testing.T, packed io.Reader) map[string]string {
	t.Helper()
	zipped, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = string(content)
	}
}

func TestAPartThatFailsIsReportedAndTheRestIsThere(t *testing.T) {
	var b bytes.Buffer
	entries, err := Write(t.Context(), &b, "d", time.Now(), []Part{
		{"down", func(context.Context, Add) error { return errors.New("no answer") }},
		{"up", func(_ context.Context, add Add) error { add("../../x", []byte("yes")); return nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
	files := unpack(t, &b)
	if files["d/down/PROBLEM"] != "no answer\n" || files["d/up/x"] != "yes" || len(files) != 2 {
		t.Errorf("got %q", files)
	}
	if entries[0].Problem == nil || entries[1].Files != 1 || entries[1].Bytes != 3 {
		t.Errorf("got %+v", entries)
	}
}

func TestLogsAreThoseOfTheService(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) {
		t.Helper()
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("agent.log", "the agent")
	write("kubelet.log.1", "the kubelet, earlier")
	write("pods/mc-c1-abc_etcd-0_1/etcd/0.log", strings.Repeat("x", maxLog)+"the end")
	write("pods/mc-c1-abc-nodes_aks-1_2/machine/0.log", "what the customer's node says")
	var b bytes.Buffer
	entries, err := Write(t.Context(), &b, "d", time.Now(), []Part{Logs(dir)})
	if err != nil || entries[0].Problem != nil {
		t.Fatal(err, entries)
	}
	files := unpack(t, &b)
	if files["d/logs/agent.log"] != "the agent" || files["d/logs/kubelet.log.1"] == "" {
		t.Errorf("got %v", entries)
	}
	if etcd := files["d/logs/pods/mc-c1-abc_etcd-0_1/etcd/0.log"]; !strings.HasSuffix(etcd, "the end") || len(etcd) != maxLog {
		t.Errorf("of a long log there are %d bytes", len(etcd))
	}
	if len(files) != 3 {
		t.Errorf("%d files: a customer's node's log is among them", len(files))
	}
}

func TestRedact(t *testing.T) {
	for sentence, c := range map[string]struct{ printed, want string }{
		"a token":              {"got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl from x", "got REDACTED TOKEN from x"},
		"a header":             {"Authorization: Bearer abcdefgh12345678", "Authorization: Bearer REDACTED"},
		"a bootstrap token":    {"joined with abcdef.0123456789abcdef now", "joined with REDACTED BOOTSTRAP TOKEN now"},
		"a secret in JSON":     {`{"secret":"hunter2hunter2","x":1}`, `{"secret":"REDACTED","x":1}`},
		"a secret in a form":   {"client_secret=hunter2hunter2&x=1", "client_secret=REDACTED&x=1"},
		"a key":                {"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "REDACTED PRIVATE KEY\nafter"},
		"a key that is cut":    {"-----BEGIN PRIVATE KEY-----\nMIIE", "REDACTED PRIVATE KEY"},
		"a name is no secret":  {"secretName: principal-30000000", "secretName: principal-30000000"},
		"an image is no token": {"registry.lotse.internal/lotse/etcd:3.6.5-0123abcd", "registry.lotse.internal/lotse/etcd:3.6.5-0123abcd"},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := string(Redact([]byte(c.printed))); got != c.want {
				t.Errorf("got %q", got)
			}
		})
	}
}
