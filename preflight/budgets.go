package preflight

import (
	"fmt"
	"strings"

	policyv1 "k8s.io/api/policy/v1"
)

// budgets that would keep nodes from being drained. Where no node is drained they only warn: the pools are upgraded some day.
func (f Facts) budgets() (all []Finding) {
	severity := Warns
	if f.drains() {
		severity = Blocks
	}
	if why := f.Cluster.Budgets.Unknown; why != "" {
		return []Finding{unknown(severity, "PodDisruptionBudgets", why)}
	}
	for _, b := range f.Cluster.Budgets.Items {
		all = append(all, budget(b, severity)...)
	}
	if why := f.Cluster.Crowded.Unknown; why != "" {
		return append(all, unknown(severity, "Pods of several PodDisruptionBudgets", why))
	}
	for _, p := range f.Cluster.Crowded.Items {
		all = append(all, finding(UnsatisfiedPDB, severity, "Pod "+p.Namespace+"/"+p.Name, "Pod %s/%s has %d PodDisruptionBudgets (%s), and Kubernetes evicts no Pod with "+
			"more than one: its node would not be drained, and the upgrade of its pool fail. Delete all of them but one.",
			p.Namespace, p.Name, len(p.Budgets), strings.Join(p.Budgets, ", ")))
	}
	return all
}

// budget that never allows an eviction, or none now.
func budget(b policyv1.PodDisruptionBudget, severity Severity) []Finding {
	name, s := b.Namespace+"/"+b.Name, b.Status
	switch {
	case s.ObservedGeneration < b.Generation:
		return []Finding{finding(NotChecked, Warns, "PDB "+name, "PDB %s was not checked: the cluster's controller has not counted its Pods yet. Repeat the check in a moment.", name)}
	case s.ExpectedPods == 0 || s.DisruptionsAllowed > 0 || evictsUnhealthy(b) && s.CurrentHealthy == 0:
		return nil
	case s.DesiredHealthy >= s.ExpectedPods:
		return []Finding{finding(UnsatisfiedPDB, severity, "PDB "+name, "PDB %s has %s, which never lets one of its %d Pods go: a node with one of them would not be "+
			"drained, and the upgrade of its pool fail. Let it allow one disruption at least, run more replicas, or delete it until the upgrade has ended.",
			name, strictness(b), s.ExpectedPods)}
	}
	return []Finding{finding(UnsatisfiedPDB, Warns, "PDB "+name, "PDB %s allows no disruption now, because %d of its %d Pods are healthy and it wants %d at least: drains wait until "+
		"more of them are. Look at its Pods.", name, s.CurrentHealthy, s.ExpectedPods, s.DesiredHealthy)}
}

func evictsUnhealthy(b policyv1.PodDisruptionBudget) bool {
	return b.Spec.UnhealthyPodEvictionPolicy != nil && *b.Spec.UnhealthyPodEvictionPolicy == policyv1.AlwaysAllow
}

func strictness(b policyv1.PodDisruptionBudget) string {
	if b.Spec.MaxUnavailable != nil {
		return fmt.Sprintf("maxUnavailable == %s", b.Spec.MaxUnavailable.String())
	}
	if b.Spec.MinAvailable != nil {
		return fmt.Sprintf("minAvailable == %s", b.Spec.MinAvailable.String())
	}
	return "minAvailable == 1" // Kubernetes' default
}
