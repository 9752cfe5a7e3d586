package host

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
)

func TestRaise(t *testing.T) {
	for sentence, c := range map[string]struct{ have, want string }{
		"a setting that is lower is raised":      {"128\n", "65536"},
		"a setting that is higher stays":         {"1048576\n", "1048576\n"},
		"a setting that is equal is not written": {"65536\n", "65536\n"},
		"what is no number stays":                {"many\n", "many\n"},
	} {
		t.Run(sentence, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "fs", "inotify")
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(c.have), 0o644); err != nil {
				t.Fatal(err)
			}
			raise(dir, map[string]uint64{"fs/inotify": 65536, "fs/absent": 1}, slog.New(slog.DiscardHandler))
			if got, err := os.ReadFile(file); err != nil || string(got) != c.want {
				t.Errorf("it is %q, %v; want %q", got, err, c.want)
			}
			if _, err := os.Stat(filepath.Join(dir, "fs", "absent")); err == nil {
				t.Error("a setting that the kernel lacks is made")
			}
		})
	}
}
