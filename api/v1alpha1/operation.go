package v1alpha1

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// OperationState of a long-running operation. The values are ARM's.
type OperationState string

// ARM's operation states.
const (
	InProgress OperationState = "InProgress"
	Succeeded  OperationState = "Succeeded"
	Failed     OperationState = "Failed"
	Canceled   OperationState = "Canceled"
)

// OperationError is why an operation failed, in ARM's terms.
type OperationError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Operation is the work on one generation of a resource. There is no job table: the operation's identity is (uid, generation).
type Operation struct {
	Generation int64          `json:"generation"`
	Verb       string         `json:"verb"`
	State      OperationState `json:"state"`
	StartedAt  metav1.Time    `json:"startedAt"`
	// +optional
	EndedAt *metav1.Time `json:"endedAt,omitempty"`
	// +optional
	Error *OperationError `json:"error,omitempty"`
	// Waiting is what the operation waits for, in words for people.
	// +optional
	Waiting string `json:"waiting,omitempty"`
	// Held while the operation waits for something that has no time limit, such as its turn in a queue or a maintenance window.
	// +optional
	Held bool `json:"held,omitempty"`
	// ActingSince is when it was held last; nil if it never was.
	// +optional
	ActingSince *metav1.Time `json:"actingSince,omitempty"`
	// Percent complete, 0 to 100.
	// +optional
	Percent int32 `json:"percent,omitempty"`
	// CorrelationID of the request that the operation goes back to.
	// +optional
	CorrelationID string `json:"correlationId,omitempty"`
}

// TimedFrom is when the time limits of the operation begin: at its start, or when it was held last.
func (o Operation) TimedFrom() time.Time {
	if o.ActingSince != nil && o.ActingSince.After(o.StartedAt.Time) {
		return o.ActingSince.Time
	}
	return o.StartedAt.Time
}

// Broken reports whether an operation has ended without having done what was asked for.
func (o Operation) Broken() bool { return o.State == Failed || o.State == Canceled }

// BrokenBefore reports whether an operation ended so before another began. Stored times have no fractions of a second.
func (o Operation) BrokenBefore(other Operation) bool {
	return o.Broken() && o.EndedAt != nil && o.EndedAt.Time.Before(other.StartedAt.Time.Truncate(time.Second))
}

// Progress is the part of a status that operations are read from. Package operation alone writes it.
type Progress struct {
	// ObservedGeneration is the newest generation whose operation has ended.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Operations, newest first, at most ten.
	// +optional
	Operations []Operation `json:"operations,omitempty"`
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`
}

// Tracked is a resource whose writes are operations.
// +kubebuilder:object:generate=false
type Tracked interface {
	metav1.Object
	GetProgress() *Progress
}

// CurrentOperation is the operation of the object's present generation, also when no controller has seen it yet.
func CurrentOperation(o Tracked) Operation {
	return OperationOf(o, o.GetGeneration())
}

// OperationOf is the operation of one generation. A generation that no controller has seen is in progress since it was written. One whose
// record was dropped has succeeded: otherwise no newer write would have been admitted.
func OperationOf(o Tracked, generation int64) Operation {
	for _, op := range o.GetProgress().Operations {
		if op.Generation == generation {
			return op
		}
	}
	started := writtenAt(o)
	if generation > o.GetProgress().ObservedGeneration && generation <= o.GetGeneration() {
		return Operation{Generation: generation, Verb: VerbOf(o), State: InProgress, StartedAt: started}
	}
	return Operation{Generation: generation, Verb: Updating, State: Succeeded, StartedAt: started, EndedAt: &started, Percent: 100}
}

// ProvisioningState is what ARM shows: the verb while an operation runs, then its outcome.
func ProvisioningState(o Tracked) string {
	if o.GetDeletionTimestamp() != nil {
		return Deleting
	}
	op := CurrentOperation(o)
	switch {
	case op.State != InProgress:
		return string(op.State)
	case Aborted(o):
		return Canceling
	}
	return op.Verb
}

func writtenAt(o metav1.Object) metav1.Time {
	if t := o.GetDeletionTimestamp(); t != nil {
		return *t
	}
	newest := o.GetCreationTimestamp()
	for _, f := range o.GetManagedFields() {
		if f.Subresource == "" && f.Time != nil && newest.Before(f.Time) {
			newest = *f.Time
		}
	}
	return newest
}
