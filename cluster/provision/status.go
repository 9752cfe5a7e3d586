package provision

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/queue"
	"lotse.dev/cluster/store"
	"lotse.dev/cluster/upgrade"
	"lotse.dev/operation"
)

// Conditions of a managed cluster; queue.Admitted is another one.
const (
	ControlPlaneReady = "ControlPlaneReady"
	AddonsReady       = "AddonsReady"
	PoolsReady        = "PoolsReady"
	// StoreWithinQuota is False while etcd refuses writes (its alarm NOSPACE), and Unknown if etcd did not answer. True with reason FillingUp is
	// a warning.
	StoreWithinQuota = "StoreWithinQuota"
)

// status of a cluster, but for its operation. If there was trouble, a part may not be known, so its condition stays.
func status(f Facts, a assessment) v1alpha1.ManagedClusterStatus {
	now := metav1.NewTime(f.Now)
	s := *f.Cluster.Status.DeepCopy()
	s.Availability = v1alpha1.MeasureAvailability(s.Availability, s.Components, a.components, now)
	s.Components = a.components
	if a.applied {
		s.PoolsAppliedGeneration = f.Cluster.Generation
	}
	conditions := append(f.admission(), storeCondition(s.Store)...)
	if a.trouble == nil {
		controlPlane := a.pending
		if controlPlane == "" {
			controlPlane = a.controlPlane()
		}
		s.CurrentKubernetesVersion = upgrade.Version(f.Cluster, controlPlane == "", a.rolling)
		conditions = append(conditions, partConditions(a, controlPlane)...)
	}
	operation.SetConditions(&s.Conditions, f.Cluster.Generation, now, conditions...)
	return s
}

func partConditions(a assessment, controlPlane string) []metav1.Condition {
	addons := a.addons
	if controlPlane != "" && addons == "" {
		addons = "the control plane"
	}
	return []metav1.Condition{
		operation.Ready(ControlPlaneReady, controlPlane),
		operation.Ready(AddonsReady, addons),
		operation.Ready(PoolsReady, a.poolsWaiting()),
	}
}

// admission is condition Admitted of a cluster that was not admitted before; none of others.
func (f Facts) admission() []metav1.Condition {
	switch {
	case queue.Provisioned(f.Cluster) || queue.IsAdmitted(f.Cluster):
		return nil
	case f.Queued():
		return []metav1.Condition{operation.Ready(queue.Admitted, queue.Waiting(f.Ahead))}
	}
	return []metav1.Condition{operation.Ready(queue.Admitted, "")}
}

// storeCondition is the condition of a store that is known; none of another.
func storeCondition(known *v1alpha1.StoreState) []metav1.Condition {
	if known == nil {
		return nil
	}
	c := metav1.Condition{Type: StoreWithinQuota, Status: metav1.ConditionTrue, Reason: "WithinQuota"}
	switch message := store.Message(*known); {
	case known.Full:
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Full", message
	case known.Trouble != "":
		c.Status, c.Reason, c.Message = metav1.ConditionUnknown, "NotSeen", known.Trouble
	case message != "":
		c.Reason, c.Message = "FillingUp", message
	}
	return []metav1.Condition{c}
}
