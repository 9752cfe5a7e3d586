package agentpool

import (
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
	"lotse.dev/rollout"
)

// rolling waits for the machines to have the pool's node image, or says why they cannot get it. The scale set's controller takes the steps.
func rolling(s situation) operation.Outcome {
	if s.Apply == nil {
		return operation.Outcome{}
	}
	return rollout.Outcome(rollout.Of(rollout.Wanted{
		Pool: s.Pool, Model: s.Apply.Spec.Model, Settings: s.Pool.Spec.UpgradeSettings, Count: s.Pool.Spec.Count,
		JoinedIsReady: s.Cluster.Spec.Network.Plugin == v1alpha1.NetworkPluginNone,
	}, s.Machines, s.Now))
}

// ahead says what a pool waits for that is to run a newer Kubernetes than its control plane does yet; "" if it is not.
func (f Facts) ahead() string {
	return rollout.Ahead(f.Release.Spec.KubernetesVersion, f.Cluster.Status.CurrentKubernetesVersion)
}

// replacedSince is when a machine that has another disk than its first was last Ready: the operation it is part of may have begun long before.
func replacedSince(m v1alpha1.Machine) time.Time {
	ready := apimeta.FindStatusCondition(m.Status.Conditions, v1alpha1.MachineReady)
	if m.Spec.Reimages == 0 || ready == nil {
		return time.Time{}
	}
	return ready.LastTransitionTime.Time
}

// upgrades reports whether a set gets another node image, and by which verb of its pool.
func upgrades(wanted, present *v1alpha1.ScaleSet, pool *v1alpha1.AgentPool) (verb string, upgrade bool) {
	if wanted.Spec.Model.Image == present.Spec.Model.Image {
		return "", false
	}
	if verb := v1alpha1.VerbOf(pool); verb == v1alpha1.UpgradingNodeImageVersion {
		return verb, true
	}
	return v1alpha1.Upgrading, true
}
