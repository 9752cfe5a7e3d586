package host

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSettingsAreRecordedAsTheyWereFirst(t *testing.T) {
	dir := t.TempDir()
	for name, value := range map[string]string{"kernel/panic": "10\n", "kernel/pid_max": "32768\n"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(value), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := initialState{Settings: map[string]string{"kernel/panic": "0"}} // by a version that did not change pid_max
	if !s.add(dir) || s.Settings["kernel/panic"] != "0" || s.Settings["kernel/pid_max"] != "32768" || len(s.Settings) != 2 {
		t.Errorf("recorded %v", s.Settings)
	}
	if s.add(dir) {
		t.Error("what is recorded is recorded again")
	}
}
