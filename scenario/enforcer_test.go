package scenario

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestIsolationOutlivesItsEnforcer: the rules stay while the enforcer is not running, and are restored after they were removed.
func TestIsolationOutlivesItsEnforcer(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("the enforcer is killed: the rules stay, and it is restarted")
	before := enforcer(s)
	if before == 0 {
		s.fail("no enforcer runs")
	}
	s.need(syscall.Kill(before, syscall.SIGKILL))
	if !isolated() {
		s.fail("the rules were removed with their enforcer")
	}
	s.until("another enforcer", 30*time.Second, func() (bool, string) {
		now := enforcer(s)
		return now != 0 && now != before, "none runs"
	})

	s.step("the rules are removed: they are restored")
	s.until("the rules to be removed", 10*time.Second, func() (bool, string) {
		out, err := exec.Command("nft", "delete", "table", "inet", "lotse-isolation").CombinedOutput()
		return err == nil, string(out)
	})
	s.until("the rules to be restored", 30*time.Second, func() (bool, string) { return isolated(), "there are none" })
}

// isolated reports whether the rules know any Pod.
func isolated() bool {
	out, err := exec.Command("nft", "list", "map", "inet", "lotse-isolation", "inside").Output()
	return err == nil && strings.Contains(string(out), "100.96.")
}

// enforcer is the PID of the process that maintains the rules, or 0.
func enforcer(s *story) int {
	s.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	s.need(err)
	for _, file := range files {
		content, _ := os.ReadFile(file) // ended meanwhile
		if args := strings.Split(string(content), "\x00"); len(args) > 1 && filepath.Base(args[0]) == "lotse" && args[1] == "isolate" {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			s.need(err)
			return pid
		}
	}
	return 0
}
