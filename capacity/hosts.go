package capacity

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
)

// Hosts returns the nodes with what their Pods leave free, and the requests of pending Pods, which have no node yet.
func Hosts(nodes []corev1.Node, pods []corev1.Pod) (hosts []Host, pending []Request) {
	index := map[string]int{}
	for i := range nodes {
		n := &nodes[i]
		index[n.Name] = len(hosts)
		hosts = append(hosts, Host{
			Name: n.Name, Unschedulable: unschedulable(n), Pods: n.Status.Allocatable.Pods().Value(),
			Free: Request{n.Status.Allocatable.Cpu().MilliValue(), n.Status.Allocatable.Memory().Value()},
		})
	}
	for i := range pods {
		p := &pods[i]
		if p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
			continue
		}
		at, placed := index[p.Spec.NodeName]
		switch {
		case placed:
			r := requested(p)
			hosts[at].Free.MilliCPU -= r.MilliCPU
			hosts[at].Free.Memory -= r.Memory
			hosts[at].Pods--
		case p.Spec.NodeName == "" && p.DeletionTimestamp == nil:
			pending = append(pending, requested(p))
		}
	}
	return hosts, pending
}

// requested returns the request of a Pod: the sum of its containers or its largest init container, whichever is larger.
func requested(p *corev1.Pod) Request {
	var sum, first Request
	for _, c := range p.Spec.Containers {
		sum.MilliCPU += c.Resources.Requests.Cpu().MilliValue()
		sum.Memory += c.Resources.Requests.Memory().Value()
	}
	for _, c := range p.Spec.InitContainers {
		cpu, memory := c.Resources.Requests.Cpu().MilliValue(), c.Resources.Requests.Memory().Value()
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways { // a sidecar keeps running
			sum.MilliCPU, sum.Memory = sum.MilliCPU+cpu, sum.Memory+memory
			continue
		}
		first.MilliCPU, first.Memory = max(first.MilliCPU, cpu), max(first.Memory, memory)
	}
	sum = Request{max(sum.MilliCPU, first.MilliCPU), max(sum.Memory, first.Memory)}
	sum.MilliCPU += p.Spec.Overhead.Cpu().MilliValue()
	sum.Memory += p.Spec.Overhead.Memory().Value()
	return sum
}

// unschedulable returns why a node takes no new Pods. Pressure is also a taint, but its condition appears earlier and has a clearer name.
func unschedulable(n *corev1.Node) string {
	pressure := map[corev1.NodeConditionType]string{
		corev1.NodeDiskPressure: "its disk is nearly full", corev1.NodeMemoryPressure: "its memory is nearly used up",
		corev1.NodePIDPressure: "it has nearly no process IDs left",
	}
	for _, c := range n.Status.Conditions {
		if why := pressure[c.Type]; why != "" && c.Status == corev1.ConditionTrue {
			return fmt.Sprintf("%s (%s)", why, c.Type)
		}
		if c.Type == corev1.NodeReady && c.Status != corev1.ConditionTrue {
			return "it is not Ready"
		}
	}
	if n.Spec.Unschedulable {
		return "it is cordoned"
	}
	for _, t := range n.Spec.Taints {
		if t.Effect != corev1.TaintEffectPreferNoSchedule {
			return "it has the taint " + t.ToString()
		}
	}
	return ""
}
