package main

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	for sentence, c := range map[string]struct {
		line, output, reason string
		code                 int32
	}{
		"both outputs are kept in their order":              {"echo one; echo two >&2; echo three", "one\ntwo\nthree\n", "", 0},
		"the exit code is the command's":                    {"exit 7", "", "", 7},
		"a command that is not there is 127, as in a shell": {"no-such-program 2>/dev/null", "", "", 127},
		"a signal is 128 and its number":                    {"kill -9 $$", "", "ended by signal 9", 137},
		"it runs where the files are":                       {"cat a.txt sub/b.txt", "AB", "", 0},
		"it has the caller's kubeconfig":                    {"echo $KUBECONFIG", "/kubeconfig\n", "", 0},
		"what it leaves running does not hold up its end":   {"sleep 60 & echo done", "done\n", "", 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			output := &bounded{most: maxOutput}
			code, reason := run(t.Context(), c.line, attached(t), "/kubeconfig", output)
			if code != c.code || !strings.Contains(reason, c.reason) || (reason == "") != (c.reason == "") || string(output.Bytes()) != c.output {
				t.Errorf("got %d, %q, %q", code, reason, output.Bytes())
			}
		})
	}
}

// attached files, laid out from a volume of a Secret.
func attached(t *testing.T) string {
	t.Helper()
	volume, directory := t.TempDir(), t.TempDir()
	for name, content := range map[string]string{"..2026/a.txt": "A", "..2026/sub/b.txt": "B"} {
		name = filepath.Join(volume, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("..2026", filepath.Join(volume, "..data")); err != nil {
		t.Fatal(err)
	}
	if err := prepare(volume, directory); err != nil {
		t.Fatal(err)
	}
	return directory
}

func TestACommandEndsWithItsPod(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	output := &bounded{most: maxOutput}
	begun := time.Now()
	code, reason := run(ctx, "echo begun; sleep 60 | sleep 60", t.TempDir(), "", output)
	if code != 137 || !strings.Contains(reason, "was ended") || string(output.Bytes()) != "begun\n" {
		t.Errorf("got %d, %q, %q", code, reason, output.Bytes())
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestOutputIsBounded(t *testing.T) {
	output := &bounded{most: maxOutput}
	code, _ := run(t.Context(), "head -c 2000000 /dev/zero | tr '\\0' x; exit 3", t.TempDir(), "", output)
	if got := output.Bytes(); code != 3 || len(got) != maxOutput || !bytes.HasSuffix(got, []byte(cutNote)) {
		t.Errorf("got %d and %d bytes", code, len(got))
	}
	whole := &bounded{most: maxOutput}
	if _, err := whole.Write(bytes.Repeat([]byte("x"), maxOutput-len(cutNote))); err != nil || bytes.Contains(whole.Bytes(), []byte("cut off")) {
		t.Error("an output that is whole says that it was cut off")
	}
}

// TestServe reports to an API server that does not answer at first.
func TestServe(t *testing.T) {
	tries, got := 0, map[string]map[string][]byte{}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tries++; tries == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(body, &got) != nil || r.Method != http.MethodPatch || r.Header.Get("Content-Type") != "application/merge-patch+json" {
			t.Errorf("got %s %v %s", r.Method, r.Header, body)
		}
	}))
	defer server.Close()
	input := t.TempDir()
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	for name, content := range map[string][]byte{"ca.crt": authority, "tls.crt": clientCertificate, "tls.key": clientKey, "command": []byte("echo hello; exit 4")} {
		if err := os.WriteFile(filepath.Join(input, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := serve(t.Context(), input, filepath.Join(input, "none"), t.TempDir(), server.URL); err != nil {
		t.Fatal(err)
	}
	var result Result
	if err := json.Unmarshal(got["data"]["result"], &result); err != nil || result.ExitCode != 4 || string(got["data"]["logs"]) != "hello\n" || tries != 2 {
		t.Errorf("after %d tries: %v %+v %q", tries, err, result, got["data"]["logs"])
	}
	if result.StartedAt.IsZero() || result.FinishedAt.Before(result.StartedAt) {
		t.Errorf("it ran from %s to %s", result.StartedAt, result.FinishedAt)
	}
	if err := os.Remove(filepath.Join(input, "command")); err != nil {
		t.Fatal(err)
	}
	if err := serve(t.Context(), input, "", t.TempDir(), server.URL); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(got["data"]["result"], &result); err != nil || result.ExitCode != notRun || !strings.Contains(result.Reason, "could not be read") {
		t.Errorf("without a command: %v %+v", err, result)
	}
}
