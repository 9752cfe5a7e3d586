package provision

import (
	"fmt"
	"slices"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// advice when an operation has run out of time.
const advice = "The service keeps trying; repeat the request to follow it."

// outcome of a cluster's operation: done, or what it waits for. An error that may be transient never fails an operation; its deadline does.
func outcome(a assessment) operation.Outcome {
	o := operation.First(a, refused, failedPool, prerequisite, rotating, controlPlane, addOns, pools, trouble)
	if a.trouble != nil && o.Waiting != "" && o.Failure == nil {
		o.Waiting += "; the last attempt failed: " + a.trouble.Error()
	}
	return o
}

func refused(a assessment) operation.Outcome { return operation.Fail(a.refused) }

// failedPool is a pool that failed since this operation began. One that failed before is not waited for: its own next operation repairs it.
func failedPool(a assessment) operation.Outcome {
	for _, p := range a.pools {
		if op := p.operation; a.applied && op.Broken() && op.EndedAt != nil && !op.BrokenBefore(a.operation) {
			return operation.Fail(PoolFailure(p.name, op))
		}
	}
	return operation.Outcome{}
}

// PoolFailure is why the cluster's operation fails with that of a pool.
func PoolFailure(name string, op v1alpha1.Operation) *v1alpha1.OperationError {
	failure := v1alpha1.OperationError{Code: "AgentPoolFailed", Message: "The pool's operation did not succeed."}
	if op.Error != nil {
		failure = *op.Error
	}
	failure.Message = fmt.Sprintf("Pool %s: %s", name, failure.Message)
	return &failure
}

func prerequisite(a assessment) operation.Outcome {
	o := a.wait("PrerequisitesNotMet", a.pending, 5)
	if a.queued {
		o.Deadline = operation.Deadline{After: operation.Unlimited} // time counts from admission
	}
	return o
}

// controlPlane is given less time while there is no capacity for it.
func controlPlane(a assessment) operation.Outcome {
	o := a.wait("ControlPlaneNotReady", a.controlPlane(), 20)
	since := a.unschedulableSince()
	if o.Done() || since.IsZero() {
		return o
	}
	began := later(a.operation.TimedFrom(), a.admittedAt)
	capacity := operation.Unschedulable(later(since, began))
	if capacity.Since.Add(capacity.After).Before(began.Add(operation.DefaultTimeout)) {
		o.Deadline = capacity
	}
	return o
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// rotating comes before the parts that it replaces: it says what they are replaced for.
func rotating(a assessment) operation.Outcome {
	if len(a.components) == 0 {
		return operation.Outcome{}
	}
	return a.wait("CertificateRotationNotDone", a.rotation.Waiting, a.rotation.Percent)
}

func addOns(a assessment) operation.Outcome { return a.wait("AddonsNotReady", a.addons, 50) }

// pools are waited for as long as an operation of one goes on: it has time limits of its own, for each step of a rollout one, and this one fails with it.
func pools(a assessment) operation.Outcome {
	o := a.wait("AgentPoolsNotReady", a.poolsWaiting(), a.poolsPercent())
	if !o.Done() && slices.ContainsFunc(a.pools, func(p poolFact) bool { return p.limited && p.operation.State == v1alpha1.InProgress }) {
		o.Deadline = operation.Deadline{After: operation.Unlimited}
	}
	return o
}

func (a assessment) poolsPercent() int32 {
	if len(a.pools) == 0 {
		return 60
	}
	var sum int32
	for _, p := range a.pools {
		if p.operation.State == v1alpha1.InProgress {
			sum += p.operation.Percent
		} else {
			sum += 100
		}
	}
	return 60 + sum*35/100/int32(len(a.pools))
}

func trouble(a assessment) operation.Outcome {
	if a.trouble == nil {
		return operation.Outcome{}
	}
	return a.wait("InternalServerError", "another attempt", 95)
}

// wait for something, no longer than the time limit allows, which counts from admission.
func (a assessment) wait(code, waiting string, percent int32) operation.Outcome {
	if waiting == "" {
		return operation.Outcome{}
	}
	return operation.Outcome{
		Waiting: waiting, Percent: percent, Deadline: operation.Deadline{Code: code, Since: a.admittedAt, Advice: advice},
	}
}
