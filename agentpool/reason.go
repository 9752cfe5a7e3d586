package agentpool

import (
	"maps"
	"slices"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
)

// example names the first machine and why it is where it is, so that somebody can act on it.
func example(machines []v1alpha1.Machine) string {
	if len(machines) == 0 {
		return ""
	}
	first := slices.MinFunc(machines, func(a, b v1alpha1.Machine) int { return int(a.Spec.Instance - b.Spec.Instance) })
	if why := why(first); why != "" {
		return " (" + first.Spec.Hostname + ": " + why + ")"
	}
	return " (" + first.Spec.Hostname + ")"
}

// why a machine is not done: the first of its conditions, in the order a machine goes through them, that does not hold.
func why(m v1alpha1.Machine) string {
	order := []string{v1alpha1.MachineRunning, v1alpha1.MachineRegistered, v1alpha1.MachineReady}
	if m.DeletionTimestamp != nil {
		order = []string{v1alpha1.MachineDrained}
	}
	for _, t := range order {
		c := apimeta.FindStatusCondition(m.Status.Conditions, t)
		if c == nil {
			return "no news yet"
		}
		if c.Status != "True" {
			return c.Message
		}
	}
	return ""
}

// carries reports whether a machine's labels and taints are the model's and have reached its node.
func carries(m v1alpha1.Machine, model v1alpha1.MachineModel) bool {
	return maps.Equal(m.Spec.Model.Labels, model.Labels) && slices.Equal(m.Spec.Model.Taints, model.Taints) &&
		m.Status.ObservedGeneration == m.Generation
}
