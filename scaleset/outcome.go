package scaleset

import (
	"fmt"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// timedOut is the code of an operation whose machines did not come up in time.
const timedOut = "OperationTimedOut"

// situation of a scale set: what there is, and what is being done about it.
type situation struct {
	Facts
	Plan
}

// Outcome of the set's operation: its machines run and the surplus is gone, or what it waits for. Whether the machines are nodes is the
// pool's question.
func Outcome(f Facts, p Plan) operation.Outcome {
	if f.Set.DeletionTimestamp != nil {
		return gone(f)
	}
	if f.Set.Spec.Halted {
		return operation.Outcome{} // nothing is done for it
	}
	if f.Set.Spec.PowerState == v1alpha1.Stopped {
		return operation.First(situation{f, p}, notMade, notStopped, tooMany)
	}
	return operation.First(situation{f, p}, rolling, tooFew, tooMany, notDeallocated)
}

func gone(f Facts) operation.Outcome {
	if len(f.Machines) == 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{Waiting: fmt.Sprintf("%d machines to be deleted", len(f.Machines))}
}

// notMade waits for the machines of a stopped set to exist, which are not started.
func notMade(s situation) operation.Outcome {
	want, made := s.Set.Spec.Capacity, int32(len(s.staying()))
	if made >= want {
		return operation.Outcome{}
	}
	return operation.Outcome{Waiting: fmt.Sprintf("%d of %d machines to be created", want-made, want), Deadline: operation.Deadline{Code: timedOut}}
}

func notStopped(s situation) operation.Outcome {
	staying := s.staying()
	late := int32(len(staying)) - count(staying, stopped)
	if late <= 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: fmt.Sprintf("%d of %d machines to stop", late, len(staying)), Percent: min(99, 100*count(staying, stopped)/int32(len(staying))),
		Deadline: operation.Deadline{Code: timedOut, After: operation.StopTimeout},
	}
}

func tooFew(s situation) operation.Outcome {
	want, up := s.Set.Spec.Capacity, count(s.staying(), running)
	if up >= want {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: fmt.Sprintf("%d of %d machines to run", want-up, want), Percent: s.percent(), Deadline: operation.Deadline{Code: timedOut},
	}
}

func tooMany(s situation) operation.Outcome {
	surplus := count(s.Machines, leaving) + int32(len(s.Delete))
	if surplus <= 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: fmt.Sprintf("%d surplus machines to be drained and deleted", surplus), Percent: s.percent(),
		Deadline: operation.Deadline{Code: timedOut},
	}
}

// notDeallocated waits for machines beyond the capacity that are kept.
func notDeallocated(s situation) operation.Outcome {
	late := int32(len(s.Rest)) - count(s.Rest, stopped)
	if late <= 0 {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: fmt.Sprintf("%d surplus machines to be drained and deallocated", late), Percent: s.percent(),
		Deadline: operation.Deadline{Code: timedOut},
	}
}

// percent of the set's machines that run.
func (f Facts) percent() int32 {
	if f.Set.Spec.Capacity == 0 {
		return 0
	}
	return min(99, 100*count(f.Machines, running)/f.Set.Spec.Capacity)
}
