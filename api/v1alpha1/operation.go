package v1alpha1

import (
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

const keptOperations = 10

// OperationError is why an operation failed, in ARM's terms.
type OperationError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Operation is one generation of a resource on its way to done. There is no job table: the operation's identity is (uid, generation).
type Operation struct {
	Generation int64          `json:"generation"`
	Verb       string         `json:"verb"`
	State      OperationState `json:"state"`
	StartedAt  metav1.Time    `json:"startedAt"`
	// +optional
	EndedAt *metav1.Time `json:"endedAt,omitempty"`
	// +optional
	Error *OperationError `json:"error,omitempty"`
	// Waiting says what the operation waits for, for people.
	// +optional
	Waiting string `json:"waiting,omitempty"`
	// Percent complete, 0 to 100.
	// +optional
	Percent int32 `json:"percent,omitempty"`
	// CorrelationID of the request that the operation goes back to.
	// +optional
	CorrelationID string `json:"correlationId,omitempty"`
}

// Progress is the part of a status that operations are read from. Controllers write it with Begin, Wait and Finish only.
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

// Begin records that the object's present generation is being worked on. Calling it again changes nothing.
func Begin(o Tracked, now metav1.Time) {
	p := o.GetProgress()
	if len(p.Operations) > 0 && p.Operations[0].Generation == o.GetGeneration() {
		return
	}
	next := Operation{Generation: o.GetGeneration(), Verb: verbOf(o), State: InProgress, StartedAt: now}
	next.CorrelationID = o.GetAnnotations()[AnnotationCorrelationID]
	p.cancelRunning(now)
	p.Operations = append([]Operation{next}, p.Operations...)
	p.Operations = p.Operations[:min(len(p.Operations), keptOperations)]
}

// cancelRunning ends operations that a newer generation overtook. Only a delete can do that: other writes are refused meanwhile.
func (p *Progress) cancelRunning(now metav1.Time) {
	for i := range p.Operations {
		if op := &p.Operations[i]; op.State == InProgress {
			op.State, op.EndedAt, op.Waiting = Canceled, &now, ""
			op.Error = &OperationError{
				Code:    "AKSOperationPreemptedByDelete",
				Message: "The operation was preempted by a delete or by a newer write of the same resource.",
			}
		}
	}
}

// Wait records what the running operation waits for. It reports whether that is news.
func Wait(o Tracked, percent int32, waiting string) bool {
	op := running(o)
	if op == nil || (op.Waiting == waiting && op.Percent == percent) {
		return false
	}
	op.Waiting, op.Percent = waiting, percent
	return true
}

// Finish ends the running operation of the object's present generation: Succeeded without a failure, else Failed.
func Finish(o Tracked, failure *OperationError, now metav1.Time) {
	op := running(o)
	if op == nil {
		return
	}
	op.State, op.EndedAt, op.Waiting, op.Percent = Succeeded, &now, "", 100
	if failure != nil {
		op.State, op.Error = Failed, failure
	}
	o.GetProgress().ObservedGeneration = op.Generation
}

func running(o Tracked) *Operation {
	p := o.GetProgress()
	if len(p.Operations) == 0 || p.Operations[0].Generation != o.GetGeneration() || p.Operations[0].State != InProgress {
		return nil
	}
	return &p.Operations[0]
}

// CurrentOperation is the operation of the object's present generation, also when no controller has seen it yet.
func CurrentOperation(o Tracked) Operation {
	return OperationOf(o, o.GetGeneration())
}

// OperationOf is the operation of one generation. A generation that no controller has seen is in progress since it was written; one so
// old that its record is gone has succeeded, or a newer write would not have been let in.
func OperationOf(o Tracked, generation int64) Operation {
	for _, op := range o.GetProgress().Operations {
		if op.Generation == generation {
			return op
		}
	}
	started := writtenAt(o)
	if generation > o.GetProgress().ObservedGeneration && generation <= o.GetGeneration() {
		return Operation{Generation: generation, Verb: verbOf(o), State: InProgress, StartedAt: started}
	}
	return Operation{Generation: generation, Verb: Updating, State: Succeeded, StartedAt: started, EndedAt: &started, Percent: 100}
}

// ProvisioningState is what ARM shows: the verb while an operation runs, its outcome after.
func ProvisioningState(o Tracked) string {
	if o.GetDeletionTimestamp() != nil {
		return Deleting
	}
	op := CurrentOperation(o)
	if op.State == InProgress {
		return op.Verb
	}
	return string(op.State)
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
