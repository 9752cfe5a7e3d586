package logs

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFullLogIsRotatedAndTheOldestIsDropped(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(dir, "kubelet", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"first..\n", "second.\n", "third..\n", "fourth.\n"} {
		if _, err := f.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"kubelet.log": "fourth.\n", "kubelet.log.1": "third..\n", "kubelet.log.2": "second.\n"} {
		if got, _ := os.ReadFile(filepath.Join(dir, name)); string(got) != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestLinesOfProgramsKeepTogetherAndCarryTheirNames(t *testing.T) {
	var out bytes.Buffer
	s := Share(&out)
	a, b := s.Named("a"), s.Named("b")
	for _, w := range []struct {
		to   interface{ Write([]byte) (int, error) }
		text string
	}{{a, "on"}, {b, "two\nthr"}, {a, "e\n"}, {b, "ee\n\n"}} {
		if n, err := w.to.Write([]byte(w.text)); err != nil || n != len(w.text) {
			t.Fatal(n, err)
		}
	}
	if got, want := out.String(), "b: two\na: one\nb: three\nb: \n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestALineWithoutEndIsWrittenWhenItIsTooLong(t *testing.T) {
	var out bytes.Buffer
	if _, err := Share(&out).Named("a").Write([]byte(strings.Repeat("x", maxLine))); err != nil {
		t.Fatal(err)
	}
	if out.Len() != maxLine+len("a: \n") {
		t.Errorf("%d bytes", out.Len())
	}
}
