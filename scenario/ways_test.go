package scenario

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/management/host"
	"lotse.dev/management/preflight"
)

// TestWaysOutOfAMachine: a privileged Pod, in its machine's network too, tries the ways out of its machine. All are closed (docs/security.md).
func TestWaysOutOfAMachine(t *testing.T) {
	t.Parallel()
	if err := preflight.UserNamespaces(host.DefaultData); err != nil {
		t.Skipf("machines are root to this host, as docs/security.md says: %v", err)
	}
	s := begin(t, sharedCluster(t))

	s.step("on the host itself most ways are open: the attempts are real")
	program, err := probe()
	s.need(err)
	ways := exec.CommandContext(s.ctx, program, "ways")
	ways.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
	ways.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS} // its mounts end with it
	out, err := ways.Output()
	s.need(err)
	t.Logf("from the host:\n%s", out)
	if n := strings.Count(string(out), "open: "); n < 10 {
		s.fail("only %d ways are open on the host itself, too few to distinguish a machine from it", n)
	}

	s.step("a privileged Pod in its machine's PID and network namespaces tries them all")
	escape := on(s.oneNode("usr"), template("escape", storyImage(t), "/bin/busybox", "sleep", "3600"))
	yes := true
	escape.Spec.HostPID, escape.Spec.HostNetwork = true, true
	escape.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: &yes}
	s.run(escape)
	text, err := s.exec("escape", "/probe", "ways")
	s.need(err)
	t.Logf("from the machine:\n%s", text)
	closed := 0
	for line := range strings.Lines(text) {
		if name, open := strings.CutPrefix(strings.TrimSpace(line), "open: "); open {
			t.Errorf("open: %s", name)
		}
		if strings.HasPrefix(line, "closed: ") {
			closed++
		}
	}
	if closed < 20 {
		s.fail("only %d ways were found closed", closed)
	}
}
