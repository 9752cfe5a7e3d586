package powerschedule

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule/power"
)

// Patience is how long after its time a stop or a start is still followed.
const Patience = 6 * time.Hour

// Facts that a decision is made from.
type Facts struct {
	Spec    v1alpha1.PowerScheduleSpec
	Status  v1alpha1.PowerScheduleStatus
	Cluster *v1alpha1.ManagedCluster
	Now     time.Time
}

// Decision about a schedule.
type Decision struct {
	// Status that is known without asking for anything.
	Status v1alpha1.PowerScheduleStatus
	// Ask for this now; nil for nothing.
	Ask *v1alpha1.PowerEvent
	// Next time of the schedule; zero if there is none.
	Next time.Time
}

// Decide what becomes of the newest time that has come.
func Decide(f Facts) Decision {
	d := Decision{Status: f.Status}
	plan, err := power.Of(f.Spec)
	if err != nil || f.Spec.Disabled || f.Cluster.DeletionTimestamp != nil { // the front door admits no schedule that cannot be read
		d.Status.Waiting = nil
		return d
	}
	d.Next, _ = plan.After(f.Now)
	e := due(f, plan)
	switch {
	case e == nil:
		d.Status.Waiting = nil
	case e.Result != "":
		d.Status = v1alpha1.PowerScheduleStatus{Last: e}
	default:
		d.Ask = e
	}
	return d
}

// due is the newest time that has come and is not decided yet, with its result if nothing needs to be done; nil if there is none.
func due(f Facts, plan power.Plan) *v1alpha1.PowerEvent {
	at, state, found := plan.Latest(since(f), f.Now)
	if !found {
		return nil
	}
	e := &v1alpha1.PowerEvent{PowerState: state, At: metav1.NewTime(at)}
	e.Result, e.Message = result(f, *e)
	return e
}

// maxSkew of the clocks of the front door, which notes when a schedule was written, and of the controller.
const maxSkew = time.Hour

// since when times count: after the newest that is decided, and after the schedule was written. What is much later than now was noted by a clock
// that has been set back since; without this the schedule would do nothing until then.
func since(f Facts) (after time.Time) {
	latest := f.Now.Add(maxSkew)
	if written := f.Spec.WrittenAt.Time; !written.After(latest) {
		after = written
	}
	if last := f.Status.Last; last != nil && !last.At.After(latest) && last.At.After(after) {
		after = last.At.Time
	}
	return after
}

// result of a time that needs no request; "" if it needs one.
func result(f Facts, e v1alpha1.PowerEvent) (v1alpha1.PowerEventResult, string) {
	if asked(f.Cluster, e) {
		return v1alpha1.PowerRequested, ""
	}
	if act := byPerson(f.Cluster); act != nil && !act.StartedAt.Time.Before(e.At.Time) {
		return v1alpha1.PowerOverruled, fmt.Sprintf("A request to %s the cluster came at %s, after this time of the schedule.",
			v1alpha1.Infinitive(act.Verb), act.StartedAt.UTC().Format(time.RFC3339))
	}
	if is(f.Cluster, e.PowerState) {
		return v1alpha1.PowerUnnecessary, fmt.Sprintf("The cluster was %s already.", e.PowerState)
	}
	if f.Now.Sub(e.At.Time) > Patience {
		return v1alpha1.PowerMissed, missed(f.Status.Waiting, e)
	}
	return "", ""
}

// missed says why a time has passed for too long: what it waited for last, if it waited.
func missed(waiting *v1alpha1.PowerEvent, e v1alpha1.PowerEvent) string {
	why := "The service did not run"
	if waiting != nil && waiting.At.Equal(&e.At) {
		why = "It could not be followed: " + strings.TrimSuffix(waiting.Message, ".")
	}
	return fmt.Sprintf("%s for %.0f hours after this time. Stop or start the cluster yourself.", why, Patience.Hours())
}

// is reports whether a cluster is in a power state, or is on its way there.
func is(c *v1alpha1.ManagedCluster, state v1alpha1.PowerState) bool {
	op := v1alpha1.CurrentOperation(c)
	if state == v1alpha1.Stopped {
		return c.AtRest() || c.StopWanted() && op.State == v1alpha1.InProgress
	}
	failed := op.State == v1alpha1.Failed && op.Verb == v1alpha1.Starting
	return !c.StopWanted() && c.Power() == v1alpha1.Running && !failed
}

// CorrelationID of the request by which a time of a schedule is followed. It is the same whenever it is asked for, so that a request whose
// answer was lost is recognized.
func CorrelationID(e v1alpha1.PowerEvent) string {
	return v1alpha1.CorrelationPowerSchedule + v1alpha1.Infinitive(v1alpha1.PowerVerb(e.PowerState)) + "." + e.At.UTC().Format(time.RFC3339)
}

// asked reports whether a cluster has been asked for a time of its schedule.
func asked(c *v1alpha1.ManagedCluster, e v1alpha1.PowerEvent) bool {
	id := CorrelationID(e)
	for _, op := range operations(c) {
		if op.CorrelationID == id {
			return true
		}
	}
	return false
}

// byPerson is the newest stop or start of a cluster that no schedule asked for; nil if there is none.
func byPerson(c *v1alpha1.ManagedCluster) *v1alpha1.Operation {
	var newest *v1alpha1.Operation
	for _, op := range operations(c) {
		power := op.Verb == v1alpha1.Starting || op.Verb == v1alpha1.Stopping
		if power && !strings.HasPrefix(op.CorrelationID, v1alpha1.CorrelationPowerSchedule) && (newest == nil || newest.StartedAt.Before(&op.StartedAt)) {
			newest = &op
		}
	}
	return newest
}

// operations of a cluster that are remembered, and one that its controller has not seen yet.
func operations(c *v1alpha1.ManagedCluster) []v1alpha1.Operation {
	current := v1alpha1.CurrentOperation(c)
	if current.CorrelationID == "" {
		current.CorrelationID = c.Annotations[v1alpha1.AnnotationCorrelationID]
	}
	return append([]v1alpha1.Operation{current}, c.Status.Operations...)
}
