package scenario

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestNoNetworkPlugin: with networkPlugin none Lotse installs no pod network and says who has to; the tunnel works all the same (A5).
func TestNoNetworkPlugin(t *testing.T) {
	neighbour.reserve(t)
	t.Parallel()
	s := begin(t, neighbour.cluster(t))

	s.step("its node has registered, and is not Ready because it has no network")
	var node corev1.Node
	s.until("one node without a network", time.Minute, func() (bool, string) {
		nodes := s.allNodes()
		if len(nodes) != 1 {
			return false, "no node"
		}
		node = nodes[0]
		ready, why := readiness(node)
		return !ready && strings.Contains(strings.ToLower(why), "cni"), why
	})

	s.step("the cluster says who is responsible for the network")
	s.until("a message that says who installs a network", 30*time.Second, s.saysWhoIsResponsible)

	s.step("a Pod on the node's own network runs")
	guest := on(node.Name, server("guest", storyImage(t)))
	guest.Spec.HostNetwork = true
	s.run(guest)
	s.throughTunnel("guest")
}

// saysWhoIsResponsible reads what a customer reads: the cluster in the API, and its events.
func (s *story) saysWhoIsResponsible() (bool, string) {
	document, err := lotse.client.Get(s.ctx, lotse.client.ClusterPath(s.group, s.cluster.name))
	if err != nil {
		return false, err.Error()
	}
	events, err := s.kube.CoreV1().Events("").List(s.ctx, metav1.ListOptions{})
	if err != nil {
		return false, err.Error()
	}
	said := string(document)
	for _, e := range events.Items {
		said += "\n" + e.Message
	}
	return strings.Contains(said, "responsib"), "neither the cluster nor an event of it says who is responsible"
}
