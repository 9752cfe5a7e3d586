package pod

import (
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/machine/provider"
)

// read tells a machine's state from its Pod, which is nil when there is none.
func read(p *corev1.Pod) provider.State {
	switch {
	case p == nil:
		return provider.State{Phase: provider.Absent, Reason: "NoPod", Message: "the machine's Pod does not exist"}
	case p.DeletionTimestamp != nil:
		return provider.State{Phase: provider.Stopping, Reason: "PodTerminating", Message: "the machine's Pod is being deleted"}
	case p.Status.Phase == corev1.PodFailed || p.Status.Phase == corev1.PodSucceeded:
		return provider.State{Phase: provider.Dead, Reason: word(p.Status.Reason, "PodEnded"), Message: word(p.Status.Message, "the machine's Pod has ended")}
	case isRunning(p):
		return provider.State{Phase: provider.Running, Healthy: has(p, corev1.PodReady), Address: p.Status.PodIP}
	}
	reason, message := pending(p)
	return provider.State{Phase: provider.Pending, Address: p.Status.PodIP, Reason: reason, Message: message}
}

func isRunning(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodRunning && p.Status.PodIP != "" &&
		len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].State.Running != nil
}

// pending says why a Pod does not run, nearest cause first: no host, no container.
func pending(p *corev1.Pod) (reason, message string) {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return word(c.Reason, provider.Unschedulable), word(c.Message, "no host has room for the machine")
		}
	}
	for _, s := range p.Status.ContainerStatuses {
		if w := s.State.Waiting; w != nil {
			return word(w.Reason, "ContainerWaiting"), word(w.Message, "the machine's container waits: "+w.Reason)
		}
		if e := s.State.Terminated; e != nil {
			return word(e.Reason, "ContainerEnded"), word(e.Message, "the machine's agent ended and is started again")
		}
	}
	return "Starting", "the machine's Pod is being started"
}

func has(p *corev1.Pod, t corev1.PodConditionType) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == t {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func word(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
