package agentpool

import (
	"maps"
	"slices"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
)

// example names the first machine that has a reason why it is not done, or else the first of all, so that a reader can act on it.
func example(machines []v1alpha1.Machine) string {
	if len(machines) == 0 {
		return ""
	}
	ordered := slices.SortedFunc(slices.Values(machines), func(a, b v1alpha1.Machine) int { return int(a.Spec.Instance - b.Spec.Instance) })
	for _, m := range ordered {
		if why := why(m); why != "" {
			return " (" + m.Spec.Hostname + ": " + why + ")"
		}
	}
	return " (" + ordered[0].Spec.Hostname + ")"
}

// why a machine is not done: its first condition, in the order in which it goes through them, that is not True.
func why(m v1alpha1.Machine) string {
	order := []string{v1alpha1.MachineRunning, v1alpha1.MachineRegistered, v1alpha1.MachineReady}
	if m.DeletionTimestamp != nil || !m.ToRun() {
		order = []string{v1alpha1.MachineDrained}
	}
	for _, t := range order {
		c := apimeta.FindStatusCondition(m.Status.Conditions, t)
		if c == nil {
			return "not reported yet"
		}
		if c.Status != "True" {
			return c.Message
		}
	}
	if m.DeletionTimestamp == nil && !m.ToRun() && !m.Stopped() {
		return "it is being shut down"
	}
	return ""
}

// carries reports whether a machine has the model's labels and taints, and its node too.
func carries(m v1alpha1.Machine, model v1alpha1.MachineModel) bool {
	return maps.Equal(m.Spec.Model.Labels, model.Labels) && slices.Equal(m.Spec.Model.Taints, model.Taints) &&
		m.Status.ObservedGeneration == m.Generation
}
