package scenario

import (
	"context"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// TestPool: a pool is added to a running cluster, loses machines in every way, and is deleted again, through the command line (B1).
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
	out := verb("add", "--node-count", "1", "-s", storySize, "--labels", "disk=fast", "--node-taints", "only=extra:NoSchedule",
		"--scale-down-mode", "Deallocate")
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

	s.step("a Pod runs on it, under a budget that allows no disruption")
	s.run(on(nodes[0].Name, server("guest", storyImage(t))))
	s.guard("guest")

	s.step("the user deletes the machine by its name, and aborts that because of the budget")
	verb("delete-machines", "--machine-names", nodes[0].Name, "--no-wait")
	s.until("the budget to be named", time.Minute, func() (bool, string) {
		out := verb("machines")
		return strings.Contains(out, nodes[0].Name) && strings.Contains(out, "PodDisruptionBudget "+s.namespace+"/guest"), out
	})
	verb("abort")
	if out := verb("show"); !strings.Contains(out, "Canceled") {
		s.fail("lotse nodepool show prints:\n%s", out)
	}
	s.ready("guest")

	s.step("without the budget the same request goes on, and the node vanishes")
	s.need(s.kube.PolicyV1().PodDisruptionBudgets(s.namespace).Delete(s.ctx, "guest", metav1.DeleteOptions{}))
	verb("delete-machines", "--machine-names", nodes[0].Name)
	s.vanished(nodes[0].Name)

	s.step("the pool grows by one and shrinks again: the node stays, its machine is stopped")
	verb("scale", "--node-count", "1")
	grown := s.oneNode("extra")
	verb("scale", "--node-count", "0")
	if out := verb("machines"); !strings.Contains(out, grown) || !strings.Contains(out, "Stopped") {
		s.fail("lotse nodepool machines prints:\n%s", out)
	}
	if left := s.nodes("extra"); len(left) > 0 {
		s.fail("nodes %v are Ready although the pool has none", left)
	}

	s.step("growing starts it again, as the same node")
	verb("scale", "--node-count", "1")
	if again := s.oneNode("extra"); again != grown {
		s.fail("node %s was made although %s was kept", again, grown)
	}

	s.step("the user deletes it, and it is gone")
	verb("delete")
	out, err := lotse.cli(s.ctx, "nodepool", "list", "-g", s.group, "--cluster-name", s.cluster.name)
	s.need(err)
	if strings.Contains(out, "extra") {
		s.fail("lotse nodepool list still shows it:\n%s", out)
	}
}

// guard the Pods of an app by a budget that allows no disruption.
func (s *story) guard(app string) {
	s.Helper()
	one := intstr.FromInt32(1)
	_, err := s.kube.PolicyV1().PodDisruptionBudgets(s.namespace).Create(s.ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: app},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MinAvailable: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}},
		},
	}, metav1.CreateOptions{})
	s.need(err)
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
