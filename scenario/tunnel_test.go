package scenario

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/remotecommand"
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
	for _, pod := range pods {
		s.endsWithItsClient(pod)
	}
}

// endsWithItsClient: a stream whose client is gone is no longer read, so its program spends no processor time.
func (s *story) endsWithItsClient(pod string) {
	s.Helper()
	s.step("an exec in %s that never ends, until its client goes", pod)
	ctx, cancel := context.WithCancel(s.ctx)
	defer time.AfterFunc(3*time.Second, cancel).Stop() // with a deadline the connection would end a moment before the context
	err := s.cluster.stream(ctx, s.namespace, pod, remotecommand.StreamOptions{Stdout: io.Discard, Stderr: io.Discard}, "/bin/busybox", "yes", "endless-stream")
	if ctx.Err() == nil {
		s.fail("it ended by itself: %v", err)
	}
	// The brackets keep the search from finding itself. A program that has ended stands still too.
	const times = `t() { for d in /proc/[0-9]*; do /bin/busybox grep -q "[e]ndless-stream" $d/cmdline && /bin/busybox cut -d " " -f 1,14,15 $d/stat; done 2>/dev/null; }
a=$(t); /bin/busybox sleep 2; b=$(t); if [ "$a" = "$b" ]; then echo stands; else echo "spends time: $a, then $b"; fi`
	s.inside(pod, "stands", time.Minute, "/bin/busybox", "sh", "-c", times)
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
