package cluster

import (
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"lotse.dev/api/v1alpha1"
)

// deadline after which an operation that gets nowhere fails, and says what it waited for. The work goes on: a later write may succeed.
const deadline = 30 * time.Minute

// allocationDeadline is for a control plane that no host has room for: room rarely comes by itself, and the customer should not wait for it
// long.
const allocationDeadline = 10 * time.Minute

// allocationFailed is the code of operations that found no room.
const allocationFailed = "AllocationFailed"

// Facts are what a pass found out.
type Facts struct {
	// Operation that runs, for its start.
	Operation v1alpha1.Operation
	Now       time.Time
	// Since when the operation's time counts.
	Since time.Time
	// Refused is something that no waiting mends.
	Refused *v1alpha1.OperationError
	// Trouble is an error that the next pass may not meet.
	Trouble error
	// Place is what the cluster's place on the management cluster still waits for.
	Place      string
	Components []v1alpha1.ComponentHealth
	// Rolling names workloads that do not run yet what was last rendered.
	Rolling []string
	// Addons is what the add-ons still wait for.
	Addons string
	// PoolsApplied: the pools of this generation have become objects.
	PoolsApplied bool
	// Pools that the last write named, in its order.
	Pools []PoolFact
}

// PoolFact is how far a pool is.
type PoolFact struct {
	Name string
	// Operation of the pool's present generation.
	Operation v1alpha1.Operation
}

// Outcome is what the operation's state is to be.
type Outcome struct {
	Done bool
	// Failure of an operation that is done.
	Failure *v1alpha1.OperationError
	// Waiting for what, and how far, if it is not done.
	Waiting string
	Percent int32
}

// late is the failure of an operation that has waited too long for a part; nil if it has not.
func (f Facts) late(p *part) *v1alpha1.OperationError {
	const text = "The cluster was not ready within %.0f minutes. It was waiting for: %s. %s"
	began := f.Since
	if since := f.homeless(); since != nil && p.code == controlPlaneNotReady {
		if since.After(began) {
			began = *since
		}
		if f.Now.Sub(began) >= allocationDeadline {
			return &v1alpha1.OperationError{Code: allocationFailed, Message: fmt.Sprintf(text, allocationDeadline.Minutes(), p.waiting,
				"There is no room on this service's machines. Try again later, or ask the operator of the service for more.")}
		}
	}
	if f.Now.Sub(f.Since) >= deadline {
		return &v1alpha1.OperationError{Code: p.code, Message: fmt.Sprintf(text, deadline.Minutes(), p.waiting,
			"The service keeps trying; repeat the request to follow it.")}
	}
	return nil
}

// homeless is since when there is no room for some component; nil if there is for all.
func (f Facts) homeless() (since *time.Time) {
	for _, c := range f.Components {
		if c.Reason == corev1.PodReasonUnschedulable && (since == nil || c.Since.Time.Before(*since)) {
			since = &c.Since.Time
		}
	}
	return since
}

// controlPlaneNotReady is the code of operations whose control plane did not come up.
const controlPlaneNotReady = "ControlPlaneNotReady"

// part of a cluster on its way to ready.
type part struct {
	// code of the failure if the part is never ready.
	code string
	// waiting for what; "" means ready.
	waiting string
	// percent of a creation when the part is being worked on.
	percent int32
}

// Decide says whether the operation is done, and if not, what it waits for. Transient trouble never fails an operation; time does.
func Decide(f Facts) Outcome {
	if f.Refused != nil {
		return Outcome{Done: true, Failure: f.Refused}
	}
	if failure := f.failedPool(); failure != nil {
		return Outcome{Done: true, Failure: failure}
	}
	first := f.unready()
	if first == nil {
		return Outcome{Done: true}
	}
	if late := f.late(first); late != nil {
		return Outcome{Done: true, Failure: late}
	}
	return Outcome{Waiting: first.waiting, Percent: first.percent}
}

// unready is the first part that is not ready.
func (f Facts) unready() *part {
	for _, p := range []part{
		{"ControlPlaneNotPlaced", f.Place, 5},
		{controlPlaneNotReady, f.ControlPlane(), 20},
		{"AddonsNotReady", f.Addons, 50},
		{"AgentPoolsNotReady", f.PoolsWaiting(), f.poolsPercent()},
		{"InternalServerError", f.trouble(), 95},
	} {
		if p.waiting == "" {
			continue
		}
		if f.Trouble != nil {
			p.waiting += "; the last try met: " + f.Trouble.Error()
		}
		return &p
	}
	return nil
}

func (f Facts) trouble() string {
	if f.Trouble == nil {
		return ""
	}
	return "another try"
}

// ControlPlane is what the control plane waits for, or "".
func (f Facts) ControlPlane() string {
	if len(f.Components) == 0 {
		return "the control plane to be made"
	}
	var unwell []string
	for _, c := range f.Components {
		if !c.Healthy {
			unwell = append(unwell, fmt.Sprintf("%s (%s)", c.Name, c.Message))
		}
	}
	if len(unwell) == 0 {
		for _, name := range f.Rolling {
			unwell = append(unwell, name+" (being replaced)")
		}
	}
	return strings.Join(unwell, ", ")
}

// PoolsWaiting is what the pools wait for, or "". A pool that failed before this operation began is not waited for: its own next
// operation mends it.
func (f Facts) PoolsWaiting() string {
	if !f.PoolsApplied {
		return "the pools to be made"
	}
	var waiting []string
	for _, p := range f.Pools {
		if p.Operation.State == v1alpha1.InProgress {
			waiting = append(waiting, strings.TrimSuffix(fmt.Sprintf("pool %s: %s", p.Name, p.Operation.Waiting), ": "))
		}
	}
	return strings.Join(waiting, "; ")
}

func (f Facts) poolsPercent() int32 {
	if len(f.Pools) == 0 {
		return 60
	}
	var sum int32
	for _, p := range f.Pools {
		if p.Operation.State == v1alpha1.InProgress {
			sum += p.Operation.Percent
		} else {
			sum += 100
		}
	}
	return 60 + sum*35/100/int32(len(f.Pools))
}

func (f Facts) failedPool() *v1alpha1.OperationError {
	i := slices.IndexFunc(f.Pools, func(p PoolFact) bool {
		op := p.Operation
		failed := op.State == v1alpha1.Failed || op.State == v1alpha1.Canceled
		return failed && op.EndedAt != nil && !op.EndedAt.Time.Before(f.Operation.StartedAt.Time.Truncate(time.Second))
	})
	if i < 0 || !f.PoolsApplied {
		return nil
	}
	failure := v1alpha1.OperationError{Code: "AgentPoolFailed", Message: "The pool's operation did not succeed."}
	if e := f.Pools[i].Operation.Error; e != nil {
		failure = *e
	}
	failure.Message = fmt.Sprintf("Pool %s: %s", f.Pools[i].Name, failure.Message)
	return &failure
}
