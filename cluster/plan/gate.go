package plan

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// Gate stands between decision and action: it says what a step has to wait for, such as "the next write of the cluster, because its last operation was aborted", or ""
// to let it pass. It must be pure and quick, because it is asked on every reconcile.
type Gate func(*v1alpha1.ManagedCluster, Step) (waiting string)

// Open lets every step pass. It is the default.
func Open(*v1alpha1.ManagedCluster, Step) string { return "" }

// refusedRecheck is how soon the gate is asked again: that it opens sends no event.
const refusedRecheck = time.Minute

// Through is the plan without the steps that the gate refuses and without those that need them. The outcome says what the first of them
// waits for; no operation fails for it.
func (p Plan) Through(gate Gate, c *v1alpha1.ManagedCluster) Plan {
	var passed []Step
	first := ""
	for _, s := range p.Steps {
		waiting := gate(c, s)
		if waiting == "" {
			passed = append(passed, s)
			continue
		}
		if first == "" {
			first = waiting
		}
		if !Independent(s) {
			break
		}
	}
	p.Steps = passed
	if len(passed) == 0 {
		p.Held = first
	}
	if first != "" && (p.Recheck == 0 || p.Recheck > refusedRecheck) {
		p.Recheck = refusedRecheck
	}
	if first != "" && p.Outcome.Failure == nil {
		p.Outcome = operation.Outcome{Waiting: first, Percent: p.Outcome.Percent, Deadline: operation.Deadline{After: operation.Unlimited}}
	}
	return p
}
