package scenario

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/machine/size"
)

// TestNodes: one request gives a cluster whose nodes are Ready, named and sized as asked (A1, B1).
func TestNodes(t *testing.T) {
	t.Parallel()
	s := begin(t, sharedCluster(t))
	const theirs = "agentpool in (sys,usr)" // another story may be adding a pool

	s.step("both nodes are Ready")
	s.until("2 Ready nodes", time.Minute, func() (bool, string) {
		nodes, err := s.kube.CoreV1().Nodes().List(s.ctx, metav1.ListOptions{LabelSelector: theirs})
		if err != nil {
			return false, err.Error()
		}
		seen, ready := "", 0
		for _, n := range nodes.Items {
			is, why := readiness(n)
			seen += n.Name + " " + why + "; "
			if is {
				ready++
			}
		}
		return ready == 2 && len(nodes.Items) == 2, seen
	})

	s.step("each pool has a node, named and labelled as AKS does")
	for _, pool := range []string{"sys", "usr"} {
		if name := s.oneNode(pool); !strings.HasPrefix(name, "aks-"+pool+"-") || !strings.HasSuffix(name, "-vmss000000") {
			s.fail("node of pool %s is called %s, want aks-%s-{8 digits}-vmss000000", pool, name, pool)
		}
	}

	s.step("a node has its machine's size, not its host's")
	want, ok := size.Of(storySize)
	if !ok {
		s.fail("size %s is not in the table", storySize)
	}
	for _, n := range s.nodes("sys", "usr") {
		cpu, memory := n.Status.Capacity.Cpu().Value(), n.Status.Capacity.Memory().Value()
		if cpu != int64(want.CPUs) || memory > want.MemoryBytes || memory < want.MemoryBytes*9/10 {
			s.fail("node %s shows %d cores and %d MiB, want %d and %d", n.Name, cpu, memory>>20, want.CPUs, want.MemoryBytes>>20)
		}
		if n.Labels[corev1.LabelInstanceTypeStable] != storySize {
			s.fail("node %s is labelled as %q", n.Name, n.Labels[corev1.LabelInstanceTypeStable])
		}
	}

	s.step("kubectl and the command line agree")
	out, err := lotse.program(s.ctx, "kubectl", "--kubeconfig", s.kubeconfig, "get", "nodes", "--no-headers", "-l", theirs)
	s.need(err)
	if lines := strings.Count(out, " Ready "); lines != 2 {
		s.fail("kubectl get nodes shows %d Ready nodes, want 2:\n%s", lines, out)
	}
	out, err = lotse.cli(s.ctx, "nodepool", "list", "-g", s.group, "--cluster-name", s.cluster.name)
	s.need(err)
	if !strings.Contains(out, "sys") || !strings.Contains(out, "usr") || strings.Count(out, "Succeeded") < 2 {
		s.fail("lotse nodepool list shows:\n%s", out)
	}
}
