package provision

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
	"lotse.dev/cluster/queue"
	"lotse.dev/cluster/store"
	"lotse.dev/cluster/upgrade"
	"lotse.dev/controlplane/credentials"
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

// status of a cluster, but for its operation and its admission. If there was trouble, a part may not be known, so its condition stays.
func status(f Facts, a assessment) v1alpha1.ManagedClusterStatus {
	now := metav1.NewTime(f.Now)
	s := *f.Cluster.Status.DeepCopy()
	if s.PowerState == v1alpha1.Stopped {
		f.apiAwake(&s, a, now)
	} else {
		s.Availability = v1alpha1.MeasureAvailability(s.Availability, s.Components, a.components, now)
	}
	s.Components = a.components
	if e := credentials.Expiry(f.Contents()); e == nil || !e.AuthoritiesNotAfter.IsZero() { // a status without that time is refused
		s.Certificates = e
	}
	if a.trouble == nil {
		s.Rotation = a.rotation.Rotation
	}
	if a.applied {
		s.PoolsAppliedGeneration = f.Cluster.Generation
	}
	conditions := storeCondition(s.Store)
	if a.trouble == nil {
		controlPlane := a.pending
		if controlPlane == "" {
			controlPlane = a.controlPlane()
		}
		s.CurrentKubernetesVersion = upgrade.Version(f.Cluster, controlPlane == "" && len(a.halted) == 0, a.rolling)
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

// Admit completes the status of a plan that went through the gate with condition Admitted. Provisioning of a cluster begins when the gate
// has let one of its steps pass: until then no time limit counts, and no place in the queue is taken.
func Admit(f Facts, p plan.Plan) plan.Plan {
	operation.SetConditions(&p.Status.Conditions, f.Cluster.Generation, metav1.NewTime(f.Now), f.admission(p.Held)...)
	return p
}

// admission is condition Admitted of a cluster that was not admitted before; none of others. held is what the gate holds all steps for, or "".
func (f Facts) admission(held string) []metav1.Condition {
	switch {
	case queue.Provisioned(f.Cluster) || queue.IsAdmitted(f.Cluster):
		return nil
	case held != "":
		return []metav1.Condition{queue.Held(held)}
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
