package scenario

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// opened is what docs/security.md says of the Pod machine provider: what a customer's privileged Pod cannot be kept from, because it shares
// the host's kernel and is root to it.
var opened = []string{"set the host's core pattern in files of one's own"}

// TestWaysOutOfAMachine: a privileged Pod tries the known ways out of its machine. What is said to be closed is; what is not closed is said.
func TestWaysOutOfAMachine(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("the host itself finds ways open, trying the same: the attempts are real ones")
	program := filepath.Join(t.TempDir(), "witness")
	build := exec.CommandContext(s.ctx, "go", "build", "-o", program, "./witness")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	if err != nil {
		s.fail("%v: %s", err, out)
	}
	ways := exec.CommandContext(s.ctx, program, "ways")
	ways.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	ways.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS} // its mounts end with it
	out, err = ways.Output()
	s.need(err)
	t.Logf("from the host:\n%s", out)
	if n := strings.Count(string(out), "open: "); n < len(opened)+3 {
		s.fail("only %d ways are open to the host itself, too few to tell a machine from it", n)
	}

	s.step("a privileged Pod with its machine's processes tries them all")
	escape := on(s.oneNode("usr"), template("escape", storyImage(t), "/bin/busybox", "sleep", "3600"))
	yes := true
	escape.Spec.HostPID, escape.Spec.Containers[0].SecurityContext = true, &corev1.SecurityContext{Privileged: &yes}
	s.run(escape)
	text, err := s.exec("escape", "/witness", "ways")
	s.need(err)
	t.Logf("from the machine:\n%s", text)
	closed := 0
	for line := range strings.Lines(text) {
		if name, open := strings.CutPrefix(strings.TrimSpace(line), "open: "); open && !slices.Contains(opened, name) {
			t.Errorf("open, and nobody says so: %s", name)
		}
		if strings.HasPrefix(line, "closed: ") {
			closed++
			for _, name := range opened {
				if strings.HasPrefix(line, "closed: "+name+":") {
					t.Errorf("closed meanwhile: say so in docs/security.md: %s", name)
				}
			}
		}
	}
	if closed < 10 {
		s.fail("only %d ways were found closed", closed)
	}
}
