package node

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ParseTaint reads key=value:Effect or key:Effect.
func ParseTaint(s string) (corev1.Taint, error) {
	body, effect, found := strings.Cut(s, ":")
	key, value, _ := strings.Cut(body, "=")
	if !found || key == "" {
		return corev1.Taint{}, fmt.Errorf("taint %q is not key=value:Effect", s)
	}
	switch e := corev1.TaintEffect(effect); e {
	case corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute:
		return corev1.Taint{Key: key, Value: value, Effect: e}, nil
	}
	return corev1.Taint{}, fmt.Errorf("taint %q has effect %q; it must be NoSchedule, PreferNoSchedule or NoExecute", s, effect)
}

// parseTaints skips what cannot be parsed: the front door refuses it, and a node must not lack its other taints.
func parseTaints(all []string) []corev1.Taint {
	var taints []corev1.Taint
	for _, s := range all {
		if t, err := ParseTaint(s); err == nil {
			taints = append(taints, t)
		}
	}
	return taints
}

// mergeTaints sets the taints a node should have, removes those that the service set before, and keeps Kubernetes' and the customer's own
// in their order.
func mergeTaints(have []corev1.Taint, want, before []string) []corev1.Taint {
	var merged []corev1.Taint
	wanted, previous := parseTaints(want), parseTaints(before)
	for _, t := range have {
		if find(wanted, t) == nil && find(previous, t) == nil {
			merged = append(merged, t)
		}
	}
	for _, t := range wanted {
		if present := find(have, t); present != nil && present.Value == t.Value {
			t = *present // keeps timeAdded
		}
		merged = append(merged, t)
	}
	return merged
}

func find(taints []corev1.Taint, t corev1.Taint) *corev1.Taint {
	for i := range taints {
		if taints[i].MatchTaint(&t) { // by key and effect
			return &taints[i]
		}
	}
	return nil
}
