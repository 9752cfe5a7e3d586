package scenario

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAPodHasLimitsOfItsOwn: one Pod takes neither all process numbers nor all descriptors of its machine, and a machine's are its own.
func TestAPodHasLimitsOfItsOwn(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	image, node := storyImage(t), s.oneNode("usr")
	s.run(on(node, template("greedy", image, "/bin/busybox", "sleep", "3600")))

	s.step("a process may open as many files as on AKS, and no more")
	out, err := s.exec("greedy", "/bin/busybox", "sh", "-c", "ulimit -Sn; ulimit -Hn")
	s.need(err)
	for _, limit := range strings.Fields(out) {
		if n, err := strconv.Atoi(limit); err != nil || n < 1024 || n > 1<<20 {
			s.fail("open files are limited to %q, want 1024 to 1048576", out)
		}
	}

	s.step("a Pod that forks without end meets a limit of its own")
	out, err = s.exec("greedy", "/bin/busybox", "sh", "-c", "n=0; while [ $n -lt 3000 ]; do /bin/busybox sleep 20 & n=$((n+1)); done; echo all")
	if err == nil {
		s.fail("3000 processes run in one Pod: %s", out)
	}
	if !strings.Contains(err.Error(), "fork") {
		s.fail("forking failed for another reason: %v", err)
	}

	s.step("its neighbour on the same node does not notice")
	s.run(on(node, server("neighbour", image)))
	s.inside("neighbour", "well", 30*time.Second, "/bin/busybox", "echo", "well")

	s.step("each machine has booted by itself")
	boots := map[string]string{}
	for _, n := range s.nodes("sys", "usr") {
		if other, found := boots[n.Status.NodeInfo.BootID]; found {
			s.fail("nodes %s and %s have one boot ID", n.Name, other)
		}
		boots[n.Status.NodeInfo.BootID] = n.Name
	}
}
