package operation

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// kept is how many operations of a resource are remembered.
const kept = 10

// Begin records that o's present generation is being worked on. Calling it again changes nothing.
func Begin(o v1alpha1.Tracked, now metav1.Time) {
	p := o.GetProgress()
	if len(p.Operations) > 0 && p.Operations[0].Generation == o.GetGeneration() {
		return
	}
	next := v1alpha1.Operation{Generation: o.GetGeneration(), Verb: v1alpha1.VerbOf(o), State: v1alpha1.InProgress, StartedAt: now}
	next.CorrelationID = o.GetAnnotations()[v1alpha1.AnnotationCorrelationID]
	cancelRunning(p, now)
	p.Operations = append([]v1alpha1.Operation{next}, p.Operations...)
	p.Operations = p.Operations[:min(len(p.Operations), kept)]
}

// cancelRunning ends operations that a newer generation overtook. Only a delete does that: other writes are refused meanwhile.
func cancelRunning(p *v1alpha1.Progress, now metav1.Time) {
	for i := range p.Operations {
		if op := &p.Operations[i]; op.State == v1alpha1.InProgress {
			op.State, op.EndedAt, op.Waiting = v1alpha1.Canceled, &now, ""
			op.Error = &v1alpha1.OperationError{
				Code:    "AKSOperationPreemptedByDelete",
				Message: "The operation was preempted by a delete or by a newer write of the same resource.",
			}
		}
	}
}

// hold records whether the running operation is held. The time limits of one that is held no more count from now.
func hold(o v1alpha1.Tracked, held bool, now metav1.Time) {
	op := running(o)
	if op == nil {
		return
	}
	if op.Held && !held {
		op.ActingSince = &now
	}
	op.Held = held
}

// wait records what the running operation waits for.
func wait(o v1alpha1.Tracked, outcome Outcome) {
	if op := running(o); op != nil {
		op.Waiting, op.Percent = outcome.Waiting, outcome.Percent
	}
}

// finish ends the running operation of o's present generation: Succeeded without a failure, else Failed.
func finish(o v1alpha1.Tracked, failure *v1alpha1.OperationError, now metav1.Time) {
	op := running(o)
	if op == nil {
		return
	}
	op.State, op.EndedAt, op.Waiting, op.Percent = v1alpha1.Succeeded, &now, "", 100
	if failure != nil {
		op.State, op.Error = v1alpha1.Failed, failure
	}
	o.GetProgress().ObservedGeneration = op.Generation
}

// cancel the running operation of o's present generation, because its customer aborted it.
func cancel(o v1alpha1.Tracked, now metav1.Time) {
	op := running(o)
	if op == nil {
		return
	}
	op.State, op.EndedAt, op.Waiting, op.Held = v1alpha1.Canceled, &now, "", false
	op.Error = &v1alpha1.OperationError{
		Code: v1alpha1.OperationAborted,
		Message: fmt.Sprintf("The %s was aborted. What it had done stays as it is, except that surge nodes of an upgrade are drained and deleted, and "+
			"nothing more is begun. Repeat the request to go on, or make another.", v1alpha1.Infinitive(op.Verb)),
	}
	o.GetProgress().ObservedGeneration = op.Generation
}

func running(o v1alpha1.Tracked) *v1alpha1.Operation {
	p := o.GetProgress()
	if len(p.Operations) == 0 || p.Operations[0].Generation != o.GetGeneration() || p.Operations[0].State != v1alpha1.InProgress {
		return nil
	}
	return &p.Operations[0]
}
