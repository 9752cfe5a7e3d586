package schedule

import "time"

// Rule is a time of day on dates that recur.
type Rule struct {
	Recurrence Recurrence
	// From is the first possible date. Intervals count from it.
	From Date
	Time TimeOfDay
	Zone *time.Location
}

// Next is the first time after an instant. It is false if there is none.
func (r Rule) Next(after time.Time) (time.Time, bool) {
	// A day earlier: where clocks skip midnight, the time of one date comes on the next.
	for d := DateIn(after, r.Zone) - 1; ; d++ {
		var ok bool
		if d, ok = r.Recurrence.next(r.From, d); !ok || d > maxDate {
			return time.Time{}, false
		}
		if t := r.Time.On(d, r.Zone); t.After(after) {
			return t, true
		}
	}
}

// Latest is the last time that is after one instant and not after another. It is false if there is none. It looks at each time between them.
func (r Rule) Latest(after, until time.Time) (latest time.Time, found bool) {
	for t, ok := r.Next(after); ok && !t.After(until); t, ok = r.Next(t) {
		latest, found = t, true
	}
	return latest, found
}
