package agentpool

import (
	"fmt"
	"slices"
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// timeout after which an operation that still waits is called failed.
const timeout = 30 * time.Minute

// allocationTimeout is for machines that no host has room for: room rarely comes by itself, and the customer should not wait for it long.
const allocationTimeout = 10 * time.Minute

// allocationFailed is the code of operations that found no room.
const allocationFailed = "AllocationFailed"

// Facts are what a pool's operation is judged by.
type Facts struct {
	Pool *v1alpha1.AgentPool
	// Missing names what the scale set cannot be made without; empty when nothing is missing.
	Missing string
	// Want is the model that the running operation wrote; nil between operations. The set that is read back may be older than it.
	Want *v1alpha1.MachineModel
	// Set is nil while there is none.
	Set      *v1alpha1.ScaleSet
	Machines []v1alpha1.Machine
	// OwnNetwork: the customer installs the pod network (A5). Nodes cannot become Ready before that, so having joined is enough.
	OwnNetwork bool
}

// Outcome of looking at a pool: what its operation waits for, or nothing.
type Outcome struct {
	Waiting string
	Percent int32
	// Code an operation that runs out of time now should fail with.
	Code string
}

// Done reports whether the pool is what was asked for.
func (o Outcome) Done() bool { return o.Waiting == "" }

// Decide how far the pool has come. What is nearest to the cause is named first.
func Decide(f Facts) Outcome {
	for _, look := range []func(Facts) Outcome{gone, missing, tooFew, notReady, outdated, tooMany} {
		if o := look(f); !o.Done() {
			return o
		}
	}
	return Outcome{Percent: 100}
}

func gone(f Facts) Outcome {
	if f.Pool.DeletionTimestamp == nil || f.Set == nil {
		return Outcome{}
	}
	return Outcome{
		Waiting: fmt.Sprintf("%d machines to be deleted%s", len(f.Machines), example(f.Machines)),
		Code:    "PodDrainFailure",
	}
}

func missing(f Facts) Outcome {
	switch {
	case f.Pool.DeletionTimestamp != nil:
		return Outcome{}
	case f.Missing != "":
		return Outcome{Waiting: f.Missing, Code: "ResourceNotFound"}
	case f.Set == nil:
		return Outcome{Waiting: "the scale set to be made", Code: "InternalOperationError"}
	}
	return Outcome{}
}

func tooFew(f Facts) Outcome {
	made := int32(len(f.staying()))
	if f.Pool.DeletionTimestamp != nil || made >= f.Pool.Spec.Count {
		return Outcome{}
	}
	return Outcome{
		Waiting: fmt.Sprintf("%d of %d machines to be made", f.Pool.Spec.Count-made, f.Pool.Spec.Count),
		Code:    "InternalOperationError",
	}
}

func notReady(f Facts) Outcome {
	if f.Pool.DeletionTimestamp != nil {
		return Outcome{}
	}
	late := slices.DeleteFunc(f.staying(), f.serves)
	ready := len(f.staying()) - len(late)
	if len(late) == 0 || int32(ready) >= f.Pool.Spec.Count {
		return Outcome{} // who is not Ready is surplus, and will be taken first
	}
	code := "NodesNotReady"
	if c := apimeta.FindStatusCondition(late[0].Status.Conditions, v1alpha1.MachineRunning); c != nil && c.Reason == "Unschedulable" {
		code = allocationFailed
	}
	return Outcome{
		Waiting: fmt.Sprintf("%d of %d nodes to be Ready%s", f.Pool.Spec.Count-int32(ready), f.Pool.Spec.Count, example(late)),
		Percent: int32(ready) * 90 / max(1, f.Pool.Spec.Count),
		Code:    code,
	}
}

// outdated waits for labels and taints to have reached the nodes.
func outdated(f Facts) Outcome {
	if f.Pool.DeletionTimestamp != nil || f.Want == nil {
		return Outcome{}
	}
	late := slices.DeleteFunc(f.staying(), func(m v1alpha1.Machine) bool { return carries(m, *f.Want) })
	if len(late) == 0 {
		return Outcome{}
	}
	return Outcome{
		Waiting: fmt.Sprintf("labels and taints to reach %d nodes%s", len(late), example(late)),
		Percent: 95, Code: "NodesNotReady",
	}
}

func tooMany(f Facts) Outcome {
	surplus := len(f.Machines) - int(f.Pool.Spec.Count)
	if f.Pool.DeletionTimestamp != nil || surplus <= 0 {
		return Outcome{}
	}
	leaving := slices.DeleteFunc(slices.Clone(f.Machines), func(m v1alpha1.Machine) bool { return m.DeletionTimestamp == nil })
	return Outcome{
		Waiting: fmt.Sprintf("%d surplus machines to be drained and deleted%s", surplus, example(leaving)),
		Percent: 95, Code: "PodDrainFailure",
	}
}

func (f Facts) staying() []v1alpha1.Machine {
	return slices.DeleteFunc(slices.Clone(f.Machines), func(m v1alpha1.Machine) bool { return m.DeletionTimestamp != nil })
}

// serves reports whether a machine is all that the service can make it.
func (f Facts) serves(m v1alpha1.Machine) bool {
	return isReady(m) || f.OwnNetwork && apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineRegistered)
}

func isReady(m v1alpha1.Machine) bool {
	return apimeta.IsStatusConditionTrue(m.Status.Conditions, v1alpha1.MachineReady)
}

// failure is what an operation ends with that has waited too long. A deletion never does: there is nothing to go back to.
func failure(pool *v1alpha1.AgentPool, o Outcome, now time.Time) *v1alpha1.OperationError {
	op, limit := v1alpha1.CurrentOperation(pool), timeout
	if o.Code == allocationFailed {
		limit = allocationTimeout
	}
	if pool.DeletionTimestamp != nil || now.Sub(op.StartedAt.Time) < limit {
		return nil
	}
	return &v1alpha1.OperationError{
		Code:    o.Code,
		Message: fmt.Sprintf("After %.0f minutes pool %s still waits for %s.", limit.Minutes(), pool.Spec.Name, o.Waiting),
	}
}

// Record writes what is, and how far the operation has come, into the pool's status.
func Record(f Facts, o Outcome, now metav1.Time) {
	pool := f.Pool
	v1alpha1.Begin(pool, now)
	pool.Status.Nodes = int32(len(f.Machines))
	pool.Status.ReadyNodes = int32(len(slices.DeleteFunc(slices.Clone(f.Machines), func(m v1alpha1.Machine) bool { return !isReady(m) })))
	if oldest := oldest(f); oldest != nil {
		pool.Status.NodeImageVersion = oldest.ImageVersion
		pool.Status.CurrentOrchestratorVersion = oldest.KubernetesVersion
	}
	if o.Done() {
		v1alpha1.Finish(pool, nil, now)
		return
	}
	v1alpha1.Wait(pool, o.Percent, o.Waiting)
	if failure := failure(pool, o, now.Time); failure != nil {
		v1alpha1.Finish(pool, failure, now)
	}
}

// oldest model in the pool. A pool is as new as its oldest machine; without any it is as new as the next one will be.
func oldest(f Facts) *v1alpha1.MachineModel {
	if staying := f.staying(); len(staying) > 0 {
		first := slices.MinFunc(staying, func(a, b v1alpha1.Machine) int { return int(a.Spec.Instance - b.Spec.Instance) })
		return &first.Spec.Model
	}
	if f.Set != nil {
		return &f.Set.Spec.Model
	}
	return nil
}
