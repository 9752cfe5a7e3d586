package wire

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule/power"
)

// PowerSchedule is the body of a power schedule. AKS has none.
type PowerSchedule struct {
	Identifiers
	Properties powerScheduleProperties `json:"properties"`
}

type powerScheduleProperties struct {
	Enabled   bool                 `json:"enabled"`
	TimeZone  string               `json:"timeZone,omitempty"`
	UTCOffset string               `json:"utcOffset,omitempty"`
	Stop      []v1alpha1.PowerTime `json:"stop,omitempty"`
	Start     []v1alpha1.PowerTime `json:"start,omitempty"`
	NextStop  *time.Time           `json:"nextStop,omitempty"`
	NextStart *time.Time           `json:"nextStart,omitempty"`
	// Last is what became of the newest time, and Waiting a time that has come and could not be followed yet.
	Last    *v1alpha1.PowerEvent `json:"last,omitempty"`
	Waiting *v1alpha1.PowerEvent `json:"waiting,omitempty"`
}

// PowerScheduleOf shows a power schedule as it is at an instant.
func PowerScheduleOf(c *v1alpha1.ManagedCluster, s *v1alpha1.PowerSchedule, now time.Time) PowerSchedule {
	p := powerScheduleProperties{
		Enabled: !s.Spec.Disabled, TimeZone: s.Spec.TimeZone, UTCOffset: s.Spec.UTCOffset, Stop: s.Spec.Stop, Start: s.Spec.Start,
		Last: s.Status.Last, Waiting: s.Status.Waiting,
	}
	if plan, err := power.Of(s.Spec); err == nil && !s.Spec.Disabled {
		p.NextStop, p.NextStart = next(plan, v1alpha1.Stopped, now), next(plan, v1alpha1.Running, now)
	}
	return PowerSchedule{Identifiers{c.PowerScheduleID(), v1alpha1.PowerScheduleName, PowerScheduleType}, p}
}

func next(plan power.Plan, state v1alpha1.PowerState, now time.Time) *time.Time {
	t, ok := plan.Next(state, now)
	if !ok {
		return nil
	}
	t = t.UTC()
	return &t
}
