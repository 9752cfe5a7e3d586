package rollout

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/operation"
)

// Failed is the code of an operation whose rollout could not drain a node in time. It is AKS's.
const Failed = "UpgradeFailed"

// margin is how much longer than a drain's time limit and a soak together the two may take.
const margin = 10 * time.Minute

// Outcome of the pool's operation as far as its rollout goes. A pool without anything to replace is done.
func Outcome(f Facts) operation.Outcome {
	if !f.Active {
		return operation.Outcome{}
	}
	outdated, arriving := f.outdated(), f.arriving()
	m := f.blocked()
	switch {
	case m == nil || f.Quarantine:
	case len(arriving) > 0: // the surge goes when the operation has failed, so nodes that were replaced have to serve before
		return arrivalOf(arriving[0], "node ")
	default:
		return operation.Fail(&v1alpha1.OperationError{Code: Failed, Message: fmt.Sprintf(
			"Drain node %s failed: it is not drained after %.0f minutes. It was waiting for %s. The node is schedulable again, and the surge nodes are being removed. "+
				"Change what keeps its Pods, and repeat the request: it goes on where it stopped.", m.Name, f.DrainTimeout.Minutes(), waitedFor(*m))})
	}
	if len(outdated)+len(arriving) > 0 {
		o := f.underWay(outdated, arriving)
		done := f.count(permanent) - len(outdated) - len(arriving)
		o.Waiting = fmt.Sprintf("%d of %d nodes to get another image: %s", len(outdated)+len(arriving), f.Count, o.Waiting)
		o.Percent = int32(90 * max(0, done) / max(1, f.Count))
		return o
	}
	if failed := f.those(f.quarantined); len(failed) > 0 {
		return operation.Fail(&v1alpha1.OperationError{Code: Failed, Message: quarantine(failed, f.DrainTimeout)})
	}
	return f.surplus()
}

// underWay is what a rollout waits for while there is something to replace: the step that began first of all that can hold it up.
func (f Facts) underWay(outdated, arriving []Machine) operation.Outcome {
	for _, m := range outdated {
		if f.draining(m) {
			return f.drainOf(m)
		}
	}
	if len(arriving) > 0 {
		return arrivalOf(arriving[0], "node ")
	}
	if late := f.those(func(m Machine) bool { return m.Surge && !m.Leaving && !m.Ready }); len(late) > 0 {
		return arrivalOf(late[0], "surge node ")
	}
	if late := f.those(func(m Machine) bool { return permanent(m) && m.Current && !m.Ready }); len(late) > 0 {
		return arrivalOf(late[0], "node ")
	}
	return operation.Outcome{Waiting: "the next node to be drained", Deadline: operation.Deadline{Code: Failed, Since: f.latest()}}
}

// latest is when a machine last turned Ready, or ceased to be, or was given up: what comes next counts from then.
func (f Facts) latest() (latest time.Time) {
	for _, m := range f.Machines {
		turned := m.Since
		if m.Drain != nil {
			turned = m.Drain.Since.Add(f.DrainTimeout)
		}
		if turned.After(latest) {
			latest = turned
		}
	}
	return latest
}

func (f Facts) drainOf(m Machine) operation.Outcome {
	o := operation.Outcome{
		Waiting:  fmt.Sprintf("node %s to be drained", m.Name),
		Deadline: operation.Deadline{Code: Failed, Since: m.Drain.Since.Time, After: f.DrainTimeout + f.Soak + margin},
	}
	switch {
	case m.Drained:
		o.Waiting = fmt.Sprintf("node %s, which is drained, to be replaced after %.0f minutes", m.Name, f.Soak.Minutes())
	case m.Waits != "":
		o.Waiting += " (" + m.Waits + ")"
	}
	return o
}

func arrivalOf(m Machine, what string) operation.Outcome {
	o := operation.Outcome{Waiting: what + m.Name + " to be Ready", Deadline: operation.Deadline{Code: "NodesNotReady", Since: m.Since}}
	if m.Waits != "" {
		o.Waiting += " (" + m.Waits + ")"
	}
	if m.Unschedulable {
		o.Deadline = operation.Unschedulable(m.Since)
	}
	return o
}

// surplus waits for the surge machines to go.
func (f Facts) surplus() operation.Outcome {
	surge := f.those(func(m Machine) bool { return m.Surge })
	if len(surge) == 0 {
		return operation.Outcome{}
	}
	m := surge[0]
	o := operation.Outcome{
		Waiting: fmt.Sprintf("surge node %s to be drained and deleted", m.Name), Percent: 95,
		Deadline: operation.Deadline{Code: Failed, After: f.DrainTimeout + margin, Since: f.Now},
	}
	if m.Leaving {
		o.Deadline.Since = m.Since
	}
	if m.Waits != "" {
		o.Waiting += " (" + m.Waits + ")"
	}
	return o
}

func quarantine(failed []Machine, timeout time.Duration) string {
	var each []string
	for _, m := range failed {
		each = append(each, fmt.Sprintf("%s, which was waiting for %s", m.Name, waitedFor(m)))
	}
	return fmt.Sprintf("%d nodes were not drained within %.0f minutes: %s. They keep their image and their Pods, and stay cordoned with the label "+
		"kubernetes.azure.com/upgrade-status=Quarantined. All others are upgraded. Change what keeps the Pods, and repeat the request.",
		len(failed), timeout.Minutes(), strings.Join(each, "; "))
}

// waitedFor is what kept a machine from being drained. Its condition names that in either form.
func waitedFor(m Machine) string {
	return cmp.Or(strings.TrimPrefix(m.Waits, "waiting for "), "its Pods to end")
}
