package powerschedule

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// A Friday. The cluster stops at 19:00 and starts at 07:00, UTC.
var friday = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)

func on(hour, minute int) metav1.Time {
	return metav1.NewTime(friday.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute))
}

func nightly() v1alpha1.PowerScheduleSpec {
	days := []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}
	return v1alpha1.PowerScheduleSpec{
		UTCOffset: "+00:00", Stop: []v1alpha1.PowerTime{{DaysOfWeek: days, Time: "19:00"}}, Start: []v1alpha1.PowerTime{{DaysOfWeek: days, Time: "07:00"}},
		WrittenAt: on(-100, 0),
	}
}

func running(change ...func(*v1alpha1.ManagedCluster)) *v1alpha1.ManagedCluster {
	c := &v1alpha1.ManagedCluster{ObjectMeta: metav1.ObjectMeta{Name: "c1-x", Generation: 1, CreationTimestamp: on(-200, 0)}}
	c.Status.ObservedGeneration, c.Status.Endpoint.Port = 1, 30443
	c.Status.Operations = []v1alpha1.Operation{{Generation: 1, Verb: v1alpha1.Creating, State: v1alpha1.Succeeded, StartedAt: on(-200, 0)}}
	for _, f := range change {
		f(c)
	}
	return c
}

// did an operation that has ended.
func did(verb string, at metav1.Time, correlation string) func(*v1alpha1.ManagedCluster) {
	return func(c *v1alpha1.ManagedCluster) {
		c.Generation++
		c.Status.ObservedGeneration = c.Generation
		op := v1alpha1.Operation{Generation: c.Generation, Verb: verb, State: v1alpha1.Succeeded, StartedAt: at, CorrelationID: correlation}
		c.Status.Operations = append([]v1alpha1.Operation{op}, c.Status.Operations...)
		switch verb {
		case v1alpha1.Stopping:
			c.Spec.PowerState, c.Status.PowerState = v1alpha1.Stopped, v1alpha1.Stopped
		case v1alpha1.Starting:
			c.Spec.PowerState, c.Status.PowerState = "", ""
		}
	}
}

// last operation's state.
func last(state v1alpha1.OperationState, code string) func(*v1alpha1.ManagedCluster) {
	return func(c *v1alpha1.ManagedCluster) {
		c.Status.Operations[0].State = state
		if code != "" {
			c.Status.Operations[0].Error = &v1alpha1.OperationError{Code: code}
		}
	}
}

// halfway leaves the power state of before a stop or start.
func halfway(before v1alpha1.PowerState) func(*v1alpha1.ManagedCluster) {
	return func(c *v1alpha1.ManagedCluster) { c.Status.PowerState = before }
}

// unseen is a write that the cluster's controller has not seen.
func unseen(verb string, at metav1.Time, correlation string) func(*v1alpha1.ManagedCluster) {
	return func(c *v1alpha1.ManagedCluster) {
		v1alpha1.SetVerb(c, verb)
		c.Generation++
		c.Annotations[v1alpha1.AnnotationCorrelationID] = correlation
		c.ManagedFields = []metav1.ManagedFieldsEntry{{Time: &at}}
	}
}

func TestDecide(t *testing.T) {
	const person, earlier = "6f1c", "power-schedule.start.2026-11-27T07:00:00Z"
	const stop = "power-schedule.stop.2026-11-27T19:00:00Z"
	stopped := did(v1alpha1.Stopping, on(-5, 0), "power-schedule.stop.2026-11-26T19:00:00Z")
	handled := v1alpha1.PowerScheduleStatus{Last: &v1alpha1.PowerEvent{PowerState: v1alpha1.Stopped, At: on(19, 0), Result: v1alpha1.PowerRequested}}
	waiting := v1alpha1.PowerScheduleStatus{Waiting: &v1alpha1.PowerEvent{PowerState: v1alpha1.Stopped, At: on(19, 0), Message: "An update is in progress."}}
	for sentence, c := range map[string]struct {
		cluster *v1alpha1.ManagedCluster
		now     metav1.Time
		status  v1alpha1.PowerScheduleStatus
		spec    func(*v1alpha1.PowerScheduleSpec)
		want    string
	}{
		"before its time nothing happens":                        {running(), on(18, 59), handledAt(7), nil, "nothing"},
		"at its time the cluster is stopped":                     {running(), on(19, 0), handledAt(7), nil, "ask Stopped 19:00"},
		"a little later too":                                     {running(), on(19, 1), handledAt(7), nil, "ask Stopped 19:00"},
		"after a downtime of hours too":                          {running(), on(24, 59), handledAt(7), nil, "ask Stopped 19:00"},
		"after a longer one it is missed":                        {running(), on(25, 1), handledAt(7), nil, "Missed: The service did not run for 6 hours after this time"},
		"of several that were missed only the newest counts":     {running(), on(20, 0), v1alpha1.PowerScheduleStatus{}, nil, "ask Stopped 19:00"},
		"a start that was missed before the stop counts no more": {running(stopped), on(19, 30), v1alpha1.PowerScheduleStatus{}, nil, "Unnecessary: The cluster was Stopped already"},
		"a start is asked for":                                   {running(stopped), on(7, 0), v1alpha1.PowerScheduleStatus{}, nil, "ask Running 07:00"},
		"a cluster that runs need not be started":                {running(), on(7, 0), v1alpha1.PowerScheduleStatus{}, nil, "Unnecessary: The cluster was Running already"},
		"a time that is decided is not decided again":            {running(), on(20, 0), handled, nil, "nothing"},
		"nor while its stop is under way":                        {running(unseen(v1alpha1.Stopping, on(19, 1), stop)), on(19, 2), handled, nil, "nothing"},
		"a request whose answer was lost is recognized":          {running(unseen(v1alpha1.Stopping, on(19, 0), stop)), on(19, 1), handledAt(7), nil, "Requested: "},
		"also when it has ended":                                 {running(did(v1alpha1.Stopping, on(19, 0), stop)), on(19, 10), handledAt(7), nil, "Requested: "},
		"also when it failed: it is not repeated":                {running(did(v1alpha1.Stopping, on(19, 0), stop), last(v1alpha1.Failed, v1alpha1.StopRefused)), on(19, 10), handledAt(7), nil, "Requested: "},
		"a person's start after a missed stop is not undone":     {running(stopped, did(v1alpha1.Starting, on(20, 0), person)), on(21, 0), handledAt(7), nil, "Overruled: A request to start the cluster came at 2026-11-27T20:00:00Z"},
		"also one that no controller has seen":                   {running(stopped, unseen(v1alpha1.Starting, on(20, 0), person)), on(20, 0), handledAt(7), nil, "Overruled: A request to start the cluster"},
		"a person's start at the very time is not undone":        {running(stopped, did(v1alpha1.Starting, on(19, 0), person)), on(19, 0), handledAt(7), nil, "Overruled: A request to start"},
		"a person's start before the stop is":                    {running(stopped, did(v1alpha1.Starting, on(18, 0), person)), on(19, 0), handledAt(7), nil, "ask Stopped 19:00"},
		"a person's stop after a missed start is kept":           {running(did(v1alpha1.Stopping, on(8, 0), person)), on(9, 0), v1alpha1.PowerScheduleStatus{}, nil, "Overruled: A request to stop"},
		"a person's stop of yesterday is not":                    {running(did(v1alpha1.Stopping, on(-1, 0), person)), on(7, 0), v1alpha1.PowerScheduleStatus{}, nil, "ask Running 07:00"},
		"the schedule's own earlier start is no person's":        {running(stopped, did(v1alpha1.Starting, on(20, 0), earlier)), on(20, 30), handledAt(7), nil, "ask Stopped 19:00"},
		"another write of a person does not matter":              {running(did(v1alpha1.Updating, on(20, 0), person)), on(20, 30), handledAt(7), nil, "ask Stopped 19:00"},
		"of a person's acts the newest counts":                   {running(did(v1alpha1.Stopping, on(17, 0), person), did(v1alpha1.Starting, on(19, 5), person)), on(19, 30), handledAt(7), nil, "Overruled: A request to start"},
		"while an operation runs it is asked, and answered busy": {running(did(v1alpha1.Updating, on(18, 59), person), last(v1alpha1.InProgress, "")), on(19, 0), handledAt(7), nil, "ask Stopped 19:00"},
		"a stop under way needs no other":                        {running(did(v1alpha1.Stopping, on(18, 59), person), last(v1alpha1.InProgress, ""), halfway("")), on(19, 0), handledAt(7), nil, "Unnecessary: The cluster was Stopped already"},
		"a stop that failed halfway is repeated":                 {running(did(v1alpha1.Stopping, on(18, 0), person), last(v1alpha1.Failed, "OperationFailed"), halfway("")), on(19, 0), handledAt(7), nil, "ask Stopped 19:00"},
		"a start that failed is repeated":                        {running(stopped, did(v1alpha1.Starting, on(6, 0), person), last(v1alpha1.Failed, "OperationFailed")), on(7, 0), v1alpha1.PowerScheduleStatus{}, nil, "ask Running 07:00"},
		"what waits is asked again":                              {running(), on(20, 0), waiting, nil, "ask Stopped 19:00"},
		"what has waited for too long is missed, with its cause": {running(), on(25, 1), waiting, nil, "Missed: It could not be followed: An update is in progress for 6 hours after this time"},
		"what waited for the time before is forgotten": {running(), on(31, 0), waiting, func(s *v1alpha1.PowerScheduleSpec) {
			s.Stop[0].DaysOfWeek = []string{"Saturday"}
			s.Stop[0].Time = "07:00"
		}, "ask Stopped 07:00"},
		"times from before the schedule was written count not":  {running(), on(19, 10), v1alpha1.PowerScheduleStatus{}, func(s *v1alpha1.PowerScheduleSpec) { s.WrittenAt = on(19, 5) }, "nothing"},
		"nor while the clock of who wrote it is ahead a little": {running(), on(19, 10), v1alpha1.PowerScheduleStatus{}, func(s *v1alpha1.PowerScheduleSpec) { s.WrittenAt = on(19, 20) }, "nothing"},
		"what a clock noted that was set back does not count":   {running(), on(19, 10), v1alpha1.PowerScheduleStatus{Last: &v1alpha1.PowerEvent{At: on(1000, 0)}}, func(s *v1alpha1.PowerScheduleSpec) { s.WrittenAt = on(999, 0) }, "ask Stopped 19:00"},
		"a schedule that is disabled does nothing":              {running(), on(19, 0), waiting, func(s *v1alpha1.PowerScheduleSpec) { s.Disabled = true }, "nothing"},
		"a schedule that cannot be read does nothing":           {running(), on(19, 0), handledAt(7), func(s *v1alpha1.PowerScheduleSpec) { s.UTCOffset = "x" }, "nothing"},
		"a cluster that is being deleted is left alone":         {running(func(c *v1alpha1.ManagedCluster) { c.DeletionTimestamp = &metav1.Time{Time: friday} }), on(19, 0), handledAt(7), nil, "nothing"},
	} {
		t.Run(sentence, func(t *testing.T) {
			f := Facts{Spec: nightly(), Status: c.status, Cluster: c.cluster, Now: c.now.Time}
			if c.spec != nil {
				c.spec(&f.Spec)
			}
			d := Decide(f)
			got := "nothing"
			switch {
			case d.Ask != nil:
				got = "ask " + string(d.Ask.PowerState) + " " + d.Ask.At.UTC().Format("15:04")
			case d.Status.Last != c.status.Last:
				got = string(d.Status.Last.Result) + ": " + d.Status.Last.Message
			}
			if c.want == "nothing" && got != c.want || !strings.HasPrefix(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if d.Ask == nil && d.Status.Waiting != nil {
				t.Errorf("it still waits for %+v", d.Status.Waiting)
			}
		})
	}
}

// handledAt is the status after the start at an hour.
func handledAt(hour int) v1alpha1.PowerScheduleStatus {
	return v1alpha1.PowerScheduleStatus{Last: &v1alpha1.PowerEvent{PowerState: v1alpha1.Running, At: on(hour, 0), Result: v1alpha1.PowerUnnecessary}}
}

func TestTheNextLook(t *testing.T) {
	now := friday
	waiting := v1alpha1.PowerScheduleStatus{Waiting: &v1alpha1.PowerEvent{}}
	for sentence, c := range map[string]struct {
		status v1alpha1.PowerScheduleStatus
		next   time.Time
		want   time.Duration
	}{
		"is at the next time, if that is soon":      {v1alpha1.PowerScheduleStatus{}, now.Add(7 * time.Second), 7 * time.Second},
		"is soon in any case: the clock may be set": {v1alpha1.PowerScheduleStatus{}, now.Add(7 * time.Hour), recheck},
		"is not at once":                                 {v1alpha1.PowerScheduleStatus{}, now.Add(time.Millisecond), time.Second},
		"is soon while something waits":                  {waiting, time.Time{}, recheck},
		"is never for a schedule that does nothing more": {v1alpha1.PowerScheduleStatus{}, time.Time{}, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := pause(c.status, c.next, now); got != c.want {
				t.Errorf("got %s", got)
			}
		})
	}
}
