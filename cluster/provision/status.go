package cluster

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/store"
	"lotse.dev/controlplane"
)

// Conditions of a managed cluster.
const (
	ControlPlaneReady = "ControlPlaneReady"
	AddonsReady       = "AddonsReady"
	PoolsReady        = "PoolsReady"
	// TurnCame, when it last changed, says since when the cluster is being founded.
	TurnCame = "TurnCame"
	// StoreHasRoom is Unknown when the service could not look. True with reason FillingUp warns.
	StoreHasRoom = "StoreHasRoom"
)

// settle writes what a pass found out into the cluster's status. It is the one place that writes conditions, but for that of the turn: who
// had one must be seen by others also if the rest of the pass met trouble.
func settle(c *v1alpha1.ManagedCluster, f Facts, now metav1.Time) {
	storeCondition(c, now)
	if f.Trouble == nil { // else a part may not have been looked at
		conditions(c, f, now)
	}
	switch outcome := Decide(f); {
	case outcome.Done:
		v1alpha1.Finish(c, outcome.Failure, now)
	default:
		v1alpha1.Wait(c, outcome.Percent, outcome.Waiting)
	}
}

func conditions(c *v1alpha1.ManagedCluster, f Facts, now metav1.Time) {
	controlPlane := f.Place
	if controlPlane == "" {
		controlPlane = f.ControlPlane()
	}
	if controlPlane == "" && upgraded(f) {
		c.Status.CurrentKubernetesVersion = c.Spec.KubernetesVersion
	}
	addons := f.Addons
	if controlPlane != "" && addons == "" {
		addons = "the control plane"
	}
	condition(c, ControlPlaneReady, controlPlane, now)
	condition(c, AddonsReady, addons, now)
	condition(c, PoolsReady, f.PoolsWaiting(), now)
}

// upgraded tells whether the API server that answers is the one that was last rendered.
func upgraded(f Facts) bool {
	for _, name := range f.Rolling {
		if name == controlplane.APIServer {
			return false
		}
	}
	return true
}

func condition(c *v1alpha1.ManagedCluster, kind, waiting string, now metav1.Time) {
	condition := metav1.Condition{
		Type: kind, Status: metav1.ConditionTrue, Reason: "Ready", ObservedGeneration: c.Generation, LastTransitionTime: now,
	}
	if waiting != "" {
		condition.Status, condition.Reason, condition.Message = metav1.ConditionFalse, "Waiting", waiting
	}
	meta.SetStatusCondition(&c.Status.Conditions, condition)
}

func storeCondition(c *v1alpha1.ManagedCluster, now metav1.Time) {
	known := c.Status.Store
	if known == nil {
		return
	}
	condition := metav1.Condition{
		Type: StoreHasRoom, Status: metav1.ConditionTrue, Reason: "HasRoom", ObservedGeneration: c.Generation, LastTransitionTime: now,
	}
	switch words := store.Words(*known); {
	case known.Full:
		condition.Status, condition.Reason, condition.Message = metav1.ConditionFalse, "Full", words
	case known.Trouble != "":
		condition.Status, condition.Reason, condition.Message = metav1.ConditionUnknown, "NotSeen", known.Trouble
	case words != "":
		condition.Reason, condition.Message = "FillingUp", words
	}
	meta.SetStatusCondition(&c.Status.Conditions, condition)
}
