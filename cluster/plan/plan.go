package plan

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// Plan for a cluster, made from facts of one moment.
type Plan struct {
	// Steps to take now, in this order. They are all that the facts allow; what they bring about allows the next.
	Steps []Step
	// Status of the cluster, but for its operation.
	Status v1alpha1.ManagedClusterStatus
	// Held is what the plan waits for if the gate refused every step; "" if it let one pass, or there was none.
	Held string
	// Outcome of the cluster's operation while there is nothing else to be done.
	Outcome operation.Outcome
	// Trouble is an error that kept the plan from being complete. The controller retries at growing intervals.
	Trouble error
	// Recheck is how soon to look again at something that sends no event; 0 for not at all.
	Recheck time.Duration
}
