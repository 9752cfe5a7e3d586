package operation

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
)

// Status is ARM's body of an operation.
type Status struct {
	ID              string        `json:"id"`
	Name            string        `json:"name"`
	ResourceID      string        `json:"resourceId,omitempty"`
	Status          string        `json:"status"`
	StartTime       *time.Time    `json:"startTime,omitempty"`
	EndTime         *time.Time    `json:"endTime,omitempty"`
	PercentComplete float64       `json:"percentComplete"`
	Error           *fault.Detail `json:"error,omitempty"`
	// Properties say what a running operation waits for.
	Properties *Properties `json:"properties,omitempty"`
}

// Properties of a running operation beyond ARM's.
type Properties struct {
	Waiting string `json:"waiting,omitempty"`
}

// Done reports whether the operation has ended.
func (s Status) Done() bool { return s.Status != string(v1alpha1.InProgress) }

// Read an operation from its object. The object is nil if it is gone.
func Read(id ID, o v1alpha1.Tracked) Status {
	if id.Abort {
		return aborted(id, o)
	}
	if o == nil || string(o.GetUID()) != id.UID {
		return gone(id)
	}
	if id.Generation > o.GetGeneration() {
		return status(v1alpha1.Operation{State: v1alpha1.InProgress})
	}
	op := v1alpha1.OperationOf(o, id.Generation)
	if !id.Delete && o.GetDeletionTimestamp() != nil && op.State == v1alpha1.InProgress && id.Generation < o.GetGeneration() {
		return preempted()
	}
	if id.Delete && op.State == v1alpha1.Succeeded {
		op.State = v1alpha1.InProgress // the object is still there
	}
	return status(op)
}

// aborted is the abortion of an operation: it has succeeded when that has ended, as it has when its object is gone or about to be deleted.
func aborted(id ID, o v1alpha1.Tracked) Status {
	done := v1alpha1.Operation{State: v1alpha1.Succeeded, Percent: 100}
	if o == nil || string(o.GetUID()) != id.UID {
		return status(done)
	}
	op := v1alpha1.OperationOf(o, id.Generation)
	if op.State == v1alpha1.InProgress && o.GetDeletionTimestamp() == nil {
		return status(v1alpha1.Operation{State: v1alpha1.InProgress, StartedAt: op.StartedAt, Percent: op.Percent})
	}
	done.StartedAt, done.EndedAt = op.StartedAt, op.EndedAt
	return status(done)
}

// gone is the outcome of an operation whose object no longer exists: a delete succeeded, any other operation was preempted by one.
func gone(id ID) Status {
	if id.Delete {
		return status(v1alpha1.Operation{State: v1alpha1.Succeeded, Percent: 100})
	}
	return preempted()
}

func preempted() Status {
	return status(v1alpha1.Operation{State: v1alpha1.Canceled, Error: &v1alpha1.OperationError{
		Code:    "AKSOperationPreemptedByDelete",
		Message: "The operation was preempted by a delete of the resource.",
	}})
}

func status(op v1alpha1.Operation) Status {
	s := Status{Status: string(op.State), PercentComplete: float64(op.Percent)}
	if !op.StartedAt.IsZero() {
		start := op.StartedAt.UTC()
		s.StartTime = &start
	}
	if op.EndedAt != nil {
		end := op.EndedAt.UTC()
		s.EndTime = &end
	}
	if op.Error != nil {
		s.Error = &fault.Detail{Code: op.Error.Code, Message: op.Error.Message}
	}
	if s.Error == nil && (op.State == v1alpha1.Failed || op.State == v1alpha1.Canceled) {
		s.Error = &fault.Detail{Code: "OperationFailed", Message: "The operation did not succeed."}
	}
	if op.Waiting != "" {
		s.Properties = &Properties{Waiting: op.Waiting}
	}
	return s
}
