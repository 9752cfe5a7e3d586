package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/client"
)

// diagnostics of a failed story: the state of its cluster, and what happened in its namespace.
func (s *story) diagnostics() string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var b strings.Builder
	fmt.Fprintf(&b, "diagnostics of cluster %s/%s\n", s.group, s.name())
	s.clusterState(ctx, &b)
	s.nodeStates(ctx, &b)
	for _, ns := range []string{s.namespace, metav1.NamespaceSystem} {
		s.podStates(ctx, &b, ns)
		s.events(ctx, &b, ns)
	}
	return b.String()
}

func (s *story) name() string { return s.cluster.name }

func (s *story) clusterState(ctx context.Context, b *strings.Builder) {
	document, err := lotse.client.Get(ctx, lotse.client.ClusterPath(s.group, s.name()))
	if err != nil {
		fmt.Fprintln(b, "  cluster:", err)
		return
	}
	view, err := client.View[client.Cluster](document)
	fmt.Fprintln(b, "  cluster:", view.Properties.ProvisioningState, err)
	b.WriteString(lotse.poolStates(s.group, s.name()))
}

func (s *story) nodeStates(ctx context.Context, b *strings.Builder) {
	nodes, err := s.kube.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		fmt.Fprintln(b, "  nodes:", err)
		return
	}
	for _, n := range nodes.Items {
		_, why := readiness(n)
		fmt.Fprintf(b, "  node %s: %s\n", n.Name, why)
	}
}

func (s *story) podStates(ctx context.Context, b *strings.Builder, namespace string) {
	pods, err := s.kube.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		fmt.Fprintln(b, "  pods:", err)
		return
	}
	for _, p := range pods.Items {
		fmt.Fprintf(b, "  pod %s/%s on %s: %s\n", namespace, p.Name, p.Spec.NodeName, podState(&p))
	}
}

func (s *story) events(ctx context.Context, b *strings.Builder, namespace string) {
	events, err := s.kube.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "type=Warning"})
	if err != nil {
		fmt.Fprintln(b, "  events:", err)
		return
	}
	slices.SortFunc(events.Items, func(a, b corev1.Event) int { return a.LastTimestamp.Compare(b.LastTimestamp.Time) })
	for _, e := range events.Items[max(0, len(events.Items)-15):] {
		fmt.Fprintf(b, "  event %s/%s %s: %s\n", namespace, e.InvolvedObject.Name, e.Reason, e.Message)
	}
}

// readiness of a node, and the reason that the node gives.
func readiness(n corev1.Node) (bool, string) {
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue, fmt.Sprintf("Ready=%s %s: %s", c.Status, c.Reason, c.Message)
		}
	}
	return false, "has no condition Ready"
}

// podState is a Pod's phase and what its containers wait for.
func podState(p *corev1.Pod) string {
	text := string(p.Status.Phase)
	for _, c := range p.Status.ContainerStatuses {
		switch {
		case c.State.Waiting != nil:
			text += fmt.Sprintf(", %s waits: %s %s", c.Name, c.State.Waiting.Reason, c.State.Waiting.Message)
		case c.State.Terminated != nil:
			text += fmt.Sprintf(", %s ended with %d %s", c.Name, c.State.Terminated.ExitCode, c.State.Terminated.Message)
		case !c.Ready:
			text += ", " + c.Name + " is not ready"
		}
		if c.RestartCount > 0 {
			text += fmt.Sprintf(", %d restarts", c.RestartCount)
		}
	}
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status != corev1.ConditionTrue {
			text += ", not scheduled: " + c.Message
		}
	}
	return text
}
