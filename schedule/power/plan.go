// Package power says when a power schedule stops and starts its cluster.
package power

import (
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule"
)

// Plan has the times of a schedule.
type Plan struct{ rules []rule }

type rule struct {
	schedule.Rule
	state v1alpha1.PowerState
}

// Of a schedule. The error is that of its first part that cannot be read.
func Of(spec v1alpha1.PowerScheduleSpec) (Plan, error) {
	zone, err := schedule.Zone(spec.TimeZone, spec.UTCOffset)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	for _, part := range []struct {
		times []v1alpha1.PowerTime
		state v1alpha1.PowerState
	}{{spec.Stop, v1alpha1.Stopped}, {spec.Start, v1alpha1.Running}} {
		for _, t := range part.times {
			at, err := schedule.ParseTimeOfDay(t.Time)
			if err != nil {
				return Plan{}, err
			}
			weekly := schedule.Weekly{Weeks: 1, On: schedule.Named(t.DaysOfWeek...)}
			p.rules = append(p.rules, rule{schedule.Rule{Recurrence: weekly, Time: at, Zone: zone}, part.state})
		}
	}
	return p, nil
}

// Next time after an instant at which the cluster is to be in a state; false if there is none.
func (p Plan) Next(state v1alpha1.PowerState, after time.Time) (next time.Time, found bool) {
	for _, r := range p.rules {
		if r.state != state {
			continue
		}
		if t, ok := r.Next(after); ok && (!found || t.Before(next)) {
			next, found = t, true
		}
	}
	return next, found
}

// After is the next time after an instant, of either sort; false if there is none.
func (p Plan) After(after time.Time) (time.Time, bool) {
	stop, stops := p.Next(v1alpha1.Stopped, after)
	start, starts := p.Next(v1alpha1.Running, after)
	if !stops || starts && start.Before(stop) {
		return start, starts
	}
	return stop, stops
}

// period is longer than any schedule goes without one of its times: a week, and a change of clocks.
const period = 8 * 24 * time.Hour

// Latest is the newest time that is after one instant and not after another, and the state from then on. Of a stop and a start at the same instant,
// which clocks that skip an hour can make of two times, it is the start.
func (p Plan) Latest(after, until time.Time) (at time.Time, state v1alpha1.PowerState, found bool) {
	if earliest := until.Add(-period); after.Before(earliest) {
		after = earliest
	}
	for _, r := range p.rules {
		if t, ok := r.Latest(after, until); ok && (!found || !t.Before(at)) {
			at, state, found = t, r.state, true
		}
	}
	return at, state, found
}
