package machine

import (
	"slices"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/machine/boot"
	"lotse.dev/machine/provider"
	"lotse.dev/operation"
)

const (
	// reasonNodeGone: the machine was a node, and the Node object was deleted.
	reasonNodeGone = "NodeGone"
	// reasonMadeAhead: there is a Node object, which the kubelet has not taken over yet.
	reasonMadeAhead = "MadeAhead"
)

// describe writes the facts and what is waited for into the machine's status.
func describe(f facts, d decision, now metav1.Time) {
	s := &f.machine.Status
	s.Address = f.instance.Address
	if f.inSync() {
		s.ObservedGeneration = f.machine.Generation
	}
	if n := f.own(); n != nil && n.Annotations[boot.AnnotationTrust] != "" { // a node that was deleted by hand comes back without it
		s.Trust = n.Annotations[boot.AnnotationTrust]
	}
	conditions := []metav1.Condition{running(f, d)}
	if f.wantsStop() && f.instance.Phase == provider.Absent {
		conditions = append(conditions, metav1.Condition{
			Type: v1alpha1.MachineReady, Status: metav1.ConditionFalse, Reason: v1alpha1.ReasonStopped, Message: "the machine is stopped",
		})
	} else if f.known {
		conditions = append(conditions, registered(f), ready(f))
	} else {
		conditions = append(conditions, notYetKnown(f)...)
	}
	switch {
	case f.deleting() || f.wantsStop():
		conditions = append(conditions, drained(d))
	case f.wantsDrain():
		conditions = append(conditions, drainedForImage(f, d, now.Time))
	case !quarantined(f.machine): // of one that is, the reason stays
		apimeta.RemoveStatusCondition(&s.Conditions, v1alpha1.MachineDrained)
	}
	operation.SetConditions(&s.Conditions, f.machine.Generation, now, conditions...)
}

func running(f facts, d decision) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.MachineRunning, Status: metav1.ConditionFalse, Reason: f.instance.Reason, Message: f.instance.Message}
	switch {
	case f.wantsStop() && f.instance.Phase == provider.Absent && d.waiting == "":
		c.Reason, c.Message = v1alpha1.ReasonStopped, "the machine is stopped and keeps its disk"
	case f.instance.Phase == provider.Running:
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "Running", "the machine runs"
	case f.instance.Phase == provider.Absent && d.waiting != "":
		c.Reason, c.Message = "Waiting", "waiting for "+d.waiting
	}
	return c
}

func registered(f facts) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.MachineRegistered, Status: metav1.ConditionFalse}
	switch {
	case f.registered():
		c.Status, c.Reason, c.Message = metav1.ConditionTrue, "Registered", "the machine is a node of its cluster"
	case f.madeAhead():
		c.Reason, c.Message = reasonMadeAhead, "waiting for the machine's kubelet to take over its node"
	case f.stale(): // also that of an earlier disk of the machine, which joins as a new one
		c.Reason, c.Message = "StaleNode", "waiting for the node of an earlier machine to be removed"
	case f.joined():
		c.Reason, c.Message = reasonNodeGone, "the node object was deleted; the machine's kubelet is started again and registers a new one"
	default:
		c.Reason, c.Message = "NotYet", "waiting for the machine's kubelet to register its node"
	}
	return c
}

func ready(f facts) metav1.Condition {
	n := f.own()
	if !f.registered() {
		return metav1.Condition{Type: v1alpha1.MachineReady, Status: metav1.ConditionFalse, Reason: "NotRegistered", Message: "the machine is not a node"}
	}
	r := readyCondition(n)
	c := metav1.Condition{Type: v1alpha1.MachineReady, Status: metav1.ConditionStatus(r.Status), Reason: r.Reason, Message: r.Message}
	if c.Reason == "" {
		c.Reason = "Kubelet"
	}
	return c
}

// notYetKnown keeps the conditions that were last known, and starts with Unknown, also after a stop. Whether the node of a machine that was replaced
// meanwhile is Ready is not known either: a time limit of its arrival begins with that.
func notYetKnown(f facts) []metav1.Condition {
	var all []metav1.Condition
	for _, t := range []string{v1alpha1.MachineRegistered, v1alpha1.MachineReady} {
		c := apimeta.FindStatusCondition(f.machine.Status.Conditions, t)
		replaced := c != nil && t == v1alpha1.MachineReady && f.machine.Spec.Reimages > 0 && c.ObservedGeneration != f.machine.Generation
		if c == nil || c.Reason == v1alpha1.ReasonStopped || replaced {
			all = append(all, metav1.Condition{
				Type: t, Status: metav1.ConditionUnknown, Reason: "Waiting", Message: "waiting for the cluster's API server to answer",
			})
		}
	}
	return all
}

func drained(d decision) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.MachineDrained, Status: metav1.ConditionTrue, Reason: "Drained", Message: "nothing is left to drain"}
	if d.halted {
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Aborted", "waiting for "+d.waiting
	}
	if len(d.steps) > 0 && slices.Contains([]step{cordon, taintShutdown, evict, deletePods}, d.steps[0]) {
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, "Draining", d.waiting
	}
	return c
}
