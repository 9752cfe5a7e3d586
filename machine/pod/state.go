package pod

import (
	corev1 "k8s.io/api/core/v1"

	"lotse.dev/machine/provider"
)

// stateOf a machine, apart from its disk, by its Pod, which is nil when there is none.
func stateOf(p *corev1.Pod) provider.State {
	switch {
	case p == nil:
		return provider.State{Phase: provider.Absent, Reason: "NoPod", Message: "the machine's Pod does not exist"}
	case p.DeletionTimestamp != nil:
		return provider.State{Phase: provider.Stopping, Reason: "PodTerminating", Message: "the machine's Pod is being deleted"}
	case p.Status.Phase == corev1.PodFailed || p.Status.Phase == corev1.PodSucceeded:
		reason, message := orDefault(p.Status.Reason, "PodEnded"), orDefault(p.Status.Message, "the machine's Pod has ended")
		return provider.State{Phase: provider.Dead, Reason: reason, Message: message}
	case isRunning(p):
		return provider.State{Phase: provider.Running, Healthy: isTrue(p, corev1.PodReady), Address: p.Status.PodIP}
	}
	reason, message := pending(p)
	return provider.State{Phase: provider.Pending, Address: p.Status.PodIP, Reason: reason, Message: message}
}

func isRunning(p *corev1.Pod) bool {
	return p.Status.Phase == corev1.PodRunning && p.Status.PodIP != "" &&
		len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].State.Running != nil
}

// pending says why a Pod does not run: it has no host, or its container does not run.
func pending(p *corev1.Pod) (reason, message string) {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return orDefault(c.Reason, provider.Unschedulable), orDefault(c.Message, "no host has capacity for the machine")
		}
	}
	for _, s := range p.Status.ContainerStatuses {
		if w := s.State.Waiting; w != nil {
			return orDefault(w.Reason, "ContainerWaiting"), orDefault(w.Message, "the machine's container waits: "+w.Reason)
		}
		if e := s.State.Terminated; e != nil {
			return orDefault(e.Reason, "ContainerEnded"), orDefault(e.Message, "the machine's agent ended and is started again")
		}
	}
	return "Starting", "the machine's Pod is being started"
}

func isTrue(p *corev1.Pod, t corev1.PodConditionType) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == t {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

func orDefault(s, value string) string {
	if s == "" {
		return value
	}
	return s
}
