package scenario

import (
	"strings"
	"testing"
	"time"
)

// TestMetrics: kubectl top shows nodes and Pods.
func TestMetrics(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))

	s.step("a Pod runs")
	s.run(server("busy", storyImage(t)))

	s.step("kubectl top nodes shows both nodes")
	s.top(func(out string) bool {
		return strings.Contains(out, "aks-sys-") && strings.Contains(out, "aks-usr-") && !strings.Contains(out, "<unknown>")
	}, "nodes", "--no-headers")

	s.step("kubectl top pods shows the Pod")
	s.top(func(out string) bool { return strings.Contains(out, "busy") }, "pods", "--no-headers", "-n", s.namespace)
}

// top runs kubectl top until its output is as wanted: the first measurement of a Pod takes a while.
func (s *story) top(wanted func(string) bool, args ...string) {
	s.Helper()
	s.until("kubectl top "+args[0], 2*time.Minute, func() (bool, string) {
		out, err := lotse.program(s.ctx, "kubectl", append([]string{"--kubeconfig", s.kubeconfig, "top"}, args...)...)
		if err != nil {
			return false, err.Error()
		}
		return wanted(out), out
	})
}
