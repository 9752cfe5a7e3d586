package scenario

import (
	"strings"
	"testing"
	"time"
)

// TestTunnel: logs, exec and port-forward reach Pods on both nodes, although the API server has no route to them.
func TestTunnel(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	image := storyImage(t)

	s.step("a server runs on each node")
	pods := []string{"on-sys", "on-usr"}
	for _, pool := range []string{"sys", "usr"} {
		s.start(on(s.oneNode(pool), server("on-"+pool, image)))
	}
	for _, pod := range pods {
		s.ready(pod)
	}
	for _, pod := range pods {
		s.throughTunnel(pod)
	}
}

// throughTunnel tries all three ways into a Pod that is a server.
func (s *story) throughTunnel(pod string) {
	s.Helper()
	s.step("logs of %s", pod)
	s.until("its log", 30*time.Second, func() (bool, string) {
		out, err := s.logs(pod)
		if err != nil {
			return false, err.Error()
		}
		return strings.Contains(out, "serving as"), out
	})

	s.step("exec in %s", pod)
	s.inside(pod, "hello from inside", 30*time.Second, "/bin/busybox", "echo", "hello from inside")

	s.step("port-forward to %s", pod)
	s.until("an answer", 30*time.Second, func() (bool, string) {
		out, err := s.forwarded(pod, 8080)
		if err != nil {
			return false, err.Error()
		}
		return strings.Contains(out, "probe"), out
	})
}
