package agentpool

import (
	"fmt"
	"slices"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
	"lotse.dev/rollout"
)

// situation of a pool: what there is, and what is being done about it.
type situation struct {
	Facts
	Plan
}

// Outcome of the pool's operation: its nodes are what was asked for, or what it waits for.
func Outcome(f Facts, p Plan) operation.Outcome {
	if f.Pool.DeletionTimestamp != nil {
		return gone(f)
	}
	return operation.First(situation{f, p}, missing, tooFew, notStopped, rolling, notReady, outdated, named, tooMany)
}

func gone(f Facts) operation.Outcome {
	if f.Set() == nil {
		return operation.Outcome{}
	}
	return operation.Outcome{Waiting: fmt.Sprintf("%d machines to be deleted%s", len(f.Machines), example(f.Machines))}
}

func missing(s situation) operation.Outcome {
	switch {
	case s.Missing != "":
		return operation.Outcome{Waiting: s.Missing, Deadline: operation.Deadline{Code: "ResourceNotFound"}}
	case s.Ahead != "":
		return operation.Outcome{Waiting: s.Ahead, Deadline: operation.Deadline{Code: rollout.Failed}}
	case s.Set() == nil:
		return operation.Outcome{Waiting: "the scale set to be created", Deadline: operation.Deadline{Code: "InternalOperationError"}}
	}
	return operation.Outcome{}
}

func tooFew(s situation) operation.Outcome {
	want, created := s.Pool.Spec.Count, int32(len(s.staying()))
	if created >= want {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting:  fmt.Sprintf("%d of %d machines to be created", want-created, want),
		Deadline: operation.Deadline{Code: "InternalOperationError"},
	}
}

// notStopped waits for the machines of a pool that is to be stopped.
func notStopped(s situation) operation.Outcome {
	if s.Pool.Spec.Power() != v1alpha1.Stopped {
		return operation.Outcome{}
	}
	staying := s.staying()
	late := slices.DeleteFunc(slices.Clone(staying), func(m v1alpha1.Machine) bool { return m.Stopped() })
	if len(late) == 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting:  fmt.Sprintf("%d of %d machines to be drained and stopped%s", len(late), len(staying), example(late)),
		Percent:  int32((len(staying) - len(late)) * 90 / len(staying)),
		Deadline: operation.Deadline{Code: "PodDrainFailure", After: operation.StopTimeout},
	}
}

func notReady(s situation) operation.Outcome {
	if s.Pool.Spec.Power() == v1alpha1.Stopped {
		return operation.Outcome{}
	}
	want, staying := s.Pool.Spec.Count, s.staying()
	late := slices.DeleteFunc(slices.Clone(staying), s.serves)
	ready := int32(len(staying) - len(late))
	if ready >= want {
		return operation.Outcome{} // machines that are not Ready are surplus, and are deleted first, or they are deallocated
	}
	late = preferring(late, toRun)
	deadline := operation.Deadline{Code: "NodesNotReady", Since: replacedSince(late[0])}
	if unschedulable(late[0]) {
		deadline = operation.Unschedulable(time.Time{})
	}
	return operation.Outcome{
		Waiting:  fmt.Sprintf("%d of %d nodes to be Ready%s", want-ready, want, example(late)),
		Percent:  ready * 90 / max(1, want),
		Deadline: deadline,
	}
}

// outdated waits for labels and taints to have reached the nodes. The scale set that was read may be older than the one that was applied.
func outdated(s situation) operation.Outcome {
	if s.Apply == nil || s.Pool.Spec.Power() == v1alpha1.Stopped { // a stopped machine's node gets them when it starts
		return operation.Outcome{}
	}
	late := slices.DeleteFunc(s.staying(), func(m v1alpha1.Machine) bool { return !m.ToRun() || carries(m, s.Apply.Spec.Model) })
	if len(late) == 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: fmt.Sprintf("labels and taints to reach %d nodes%s", len(late), example(late)),
		Percent: 95, Deadline: operation.Deadline{Code: "NodesNotReady", Since: replacedSince(late[0])},
	}
}

func tooMany(s situation) operation.Outcome {
	surplus, becoming := len(s.Machines)-int(s.Pool.Spec.Count), "deleted" // those of a surge included: an operation that has ended leaves none
	going := slices.DeleteFunc(slices.Clone(s.Machines), func(m v1alpha1.Machine) bool { return m.DeletionTimestamp == nil })
	if s.deallocates() {
		surplus, becoming = surplus-len(s.deallocated()), "deallocated"
		going = append(going, s.deallocating()...)
	}
	if surplus <= 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: fmt.Sprintf("%d surplus machines to be drained and %s%s", surplus, becoming, example(going)),
		Percent: 95, Deadline: operation.Deadline{Code: "PodDrainFailure"},
	}
}

// serves reports whether a machine is as ready as the service can make it. Where the customer installs the pod network (A5), nodes cannot
// become Ready before that, so having joined is enough.
func (f Facts) serves(m v1alpha1.Machine) bool {
	return ready(m) || f.Cluster.Spec.Network.Plugin == v1alpha1.NetworkPluginNone && apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineRegistered)
}

func unschedulable(m v1alpha1.Machine) bool {
	c := apimeta.FindStatusCondition(m.Status.Conditions, v1alpha1.MachineRunning)
	return c != nil && c.Reason == v1alpha1.ReasonUnschedulable
}

func ready(m v1alpha1.Machine) bool {
	return apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady)
}
