package scaleset

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// timeout after which an operation that still waits for machines is called failed. The machines are not given up: only the verdict is.
const timeout = 30 * time.Minute

// Record writes what is, and how far the operation has come, into the set's status. A scale set's operation is about infrastructure: it is
// done when the machines run and the surplus is gone. Whether they are nodes is the pool's question.
func Record(set *v1alpha1.ScaleSet, machines []v1alpha1.Machine, plan Plan, now metav1.Time) {
	v1alpha1.Begin(set, now)
	s := &set.Status
	s.NextInstance = plan.Next
	s.Instances, s.Running, s.Ready = int32(len(machines)), count(machines, running), count(machines, ready)

	waiting := waitsFor(set, machines, plan)
	if waiting == "" {
		v1alpha1.Finish(set, nil, now)
		return
	}
	op := v1alpha1.CurrentOperation(set)
	if set.DeletionTimestamp == nil && now.Sub(op.StartedAt.Time) >= timeout {
		v1alpha1.Finish(set, &v1alpha1.OperationError{
			Code:    "OperationTimedOut",
			Message: fmt.Sprintf("After %s the scale set still waits for %s.", timeout, waiting),
		}, now)
		return
	}
	v1alpha1.Wait(set, percent(s.Running, set.Spec.Capacity), waiting)
}

func waitsFor(set *v1alpha1.ScaleSet, machines []v1alpha1.Machine, plan Plan) string {
	out := count(machines, leaving) + int32(len(plan.Delete))
	up := count(machines, func(m v1alpha1.Machine) bool { return running(m) && !leaving(m) })
	switch {
	case set.DeletionTimestamp != nil && len(machines) > 0:
		return fmt.Sprintf("%d machines to be deleted", len(machines))
	case set.DeletionTimestamp != nil:
		return ""
	case up < set.Spec.Capacity:
		return fmt.Sprintf("%d of %d machines to run", set.Spec.Capacity-up, set.Spec.Capacity)
	case out > 0:
		return fmt.Sprintf("%d surplus machines to be drained and deleted", out)
	}
	return ""
}

func percent(done, all int32) int32 {
	if all == 0 {
		return 0
	}
	return min(99, 100*done/all)
}

func count(machines []v1alpha1.Machine, is func(v1alpha1.Machine) bool) int32 {
	n := int32(0)
	for _, m := range machines {
		if is(m) {
			n++
		}
	}
	return n
}
