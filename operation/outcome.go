package operation

import (
	"math"
	"time"

	"lotse.dev/api/v1alpha1"
)

// Outcome of a decision about a resource: it is as was asked for, or it waits for something, or it can never be so. It is made by pure functions.
// The zero value is Done.
type Outcome struct {
	// Waiting is what the operation waits for, such as "2 of 3 nodes to be Ready"; "" when it is done.
	Waiting string
	// Percent complete, 0 to 99, while the operation waits.
	Percent int32
	// Deadline of waiting for this.
	Deadline Deadline
	// Failure that no waiting repairs. It ends the operation at once.
	Failure *v1alpha1.OperationError
}

// Done reports whether the resource is as was asked for.
func (o Outcome) Done() bool { return o.Waiting == "" && o.Failure == nil }

// Fail is the outcome of an operation that cannot succeed.
func Fail(failure *v1alpha1.OperationError) Outcome { return Outcome{Failure: failure} }

// First outcome that is not Done; Done if all are. Decisions are listed in the order in which their subjects depend on each other, so that the
// outcome names the cause and not what follows from it.
func First[F any](facts F, decisions ...func(F) Outcome) Outcome {
	for _, decide := range decisions {
		if o := decide(facts); !o.Done() {
			return o
		}
	}
	return Outcome{}
}

// Deadline is when an operation that still waits is called failed, and how. Only the verdict is final: controllers keep working, and a
// later write may succeed.
type Deadline struct {
	// Code of the failure.
	Code string
	// After how long; DefaultTimeout if zero. Unlimited holds the operation.
	After time.Duration
	// Since when the time counts, if that is later than the operation's start and than when it was held last.
	Since time.Time
	// Advice is the next step for the customer. It is a sentence.
	Advice string
}

// DefaultTimeout of an operation.
const DefaultTimeout = 30 * time.Minute

// StopTimeout of machines is more than they have for a drain that disruption budgets hold up (machine).
const StopTimeout = 40 * time.Minute

// Unlimited is the time limit of waiting for something that the service cannot speed up, or that has time limits of its own. Time that is spent so counts
// against no other limit.
const Unlimited = math.MaxInt64

// Recheck is how often a controller looks at an operation in progress, so that its deadline is noticed even if no event comes.
const Recheck = time.Minute

// AllocationFailed is the code of operations that found no capacity for a Pod or a machine. It is AKS's.
const AllocationFailed = "AllocationFailed"

// allocationTimeout is shorter than the default: capacity rarely appears by itself, and the customer should know soon.
const allocationTimeout = 10 * time.Minute

// Unschedulable is the deadline of waiting for capacity on the management cluster.
func Unschedulable(since time.Time) Deadline {
	return Deadline{
		Code: AllocationFailed, After: allocationTimeout, Since: since,
		Advice: "The service has no capacity left for it. Try again later, or ask the operator of the service for more.",
	}
}
