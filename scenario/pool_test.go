package scenario

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// TestPool: a pool is added to a running cluster and deleted again, through the command line (B1).
func TestPool(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	of := []string{"-g", s.group, "--cluster-name", s.cluster.name, "-n", "extra"}
	verb := func(v string, more ...string) string {
		out, err := lotse.cli(s.ctx, append(append([]string{"nodepool", v}, of...), more...)...)
		s.need(err)
		return out
	}
	t.Cleanup(func() {
		_, _ = lotse.cli(context.Background(), append([]string{"nodepool", "delete", "--no-wait"}, of...)...)
	})

	s.step("the user adds pool extra with a label and a taint")
	out := verb("add", "--node-count", "1", "-s", storySize, "--labels", "disk=fast", "--node-taints", "only=extra:NoSchedule")
	if !strings.Contains(out, "extra") || !strings.Contains(out, "Succeeded") {
		s.fail("lotse nodepool add printed:\n%s", out)
	}

	s.step("its node is Ready and carries both")
	nodes := s.nodes("extra")
	if len(nodes) != 1 {
		s.fail("pool extra has %d Ready nodes, want 1", len(nodes))
	}
	if n := nodes[0]; n.Labels["disk"] != "fast" || !tainted(n, "only", "extra") {
		s.fail("node %s has labels %v and taints %v", n.Name, n.Labels, n.Spec.Taints)
	}

	s.step("a Pod runs on it")
	s.run(on(nodes[0].Name, server("guest", storyImage(t))))

	s.step("the user scales it to none, and its node vanishes")
	verb("scale", "--node-count", "0")
	s.vanished(nodes[0].Name)

	s.step("the user deletes it, and it is gone")
	verb("delete")
	out, err := lotse.cli(s.ctx, "nodepool", "list", "-g", s.group, "--cluster-name", s.cluster.name)
	s.need(err)
	if strings.Contains(out, "extra") {
		s.fail("lotse nodepool list still shows it:\n%s", out)
	}
}

// vanished waits until no node has the name.
func (s *story) vanished(name string) {
	s.Helper()
	s.until("node "+name+" to vanish", time.Minute, func() (bool, string) {
		for _, n := range s.allNodes() {
			if n.Name == name {
				_, why := readiness(n)
				return false, why
			}
		}
		return true, ""
	})
}

func tainted(n corev1.Node, key, value string) bool {
	for _, t := range n.Spec.Taints {
		if t.Key == key && t.Value == value && t.Effect == corev1.TaintEffectNoSchedule {
			return true
		}
	}
	return false
}
