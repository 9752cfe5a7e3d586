package schedule

import "time"

// Span of time, from Start until before End.
type Span struct{ Start, End time.Time }

// Has reports whether an instant is in the span.
func (s Span) Has(t time.Time) bool { return !t.Before(s.Start) && t.Before(s.End) }

// Dates is the span of whole days in a zone, the last one included.
func Dates(from, until Date, zone *time.Location) Span {
	return Span{TimeOfDay(0).On(from, zone), TimeOfDay(0).On(until+1, zone)}
}

// Window recurs by a rule and lasts for a while.
type Window struct {
	Rule
	Duration time.Duration
}

// ending is the first window that ends after an instant.
func (w Window) ending(after time.Time) (Span, bool) {
	start, ok := w.Next(after.Add(-w.Duration))
	return Span{start, start.Add(w.Duration)}, ok
}

// Calendar consists of windows, less times in which nothing may begin.
type Calendar struct {
	Windows  []Window
	Excluded []Span
}

// Next is the time in which something may begin, at an instant or next after it: a window, or what excluded times leave of its part. It may have
// begun. It is false if there is none.
func (c Calendar) Next(at time.Time) (Span, bool) {
	for {
		found, ok := c.window(at)
		if !ok {
			return Span{}, false
		}
		begin := found.Start
		if begin.Before(at) {
			begin = at
		}
		if until, excluded := c.ExcludedUntil(begin); excluded {
			at = until // each excluded time is passed once
			continue
		}
		return c.cut(found, begin), true
	}
}

// window that ends after an instant: the one that begins first, and of those the longest.
func (c Calendar) window(after time.Time) (first Span, found bool) {
	for _, w := range c.Windows {
		s, ok := w.ending(after)
		if ok && (!found || s.Start.Before(first.Start) || s.Start.Equal(first.Start) && s.End.After(first.End)) {
			first, found = s, true
		}
	}
	return first, found
}

// ExcludedUntil is when the excluded time ends that an instant is in. It is false if the instant is in none.
func (c Calendar) ExcludedUntil(t time.Time) (until time.Time, excluded bool) {
	for _, s := range c.Excluded {
		if s.Has(t) && s.End.After(until) {
			until, excluded = s.End, true
		}
	}
	return until, excluded
}

// cut from a window what is excluded of it, around an instant that is not.
func (c Calendar) cut(window Span, around time.Time) Span {
	for _, s := range c.Excluded {
		if !s.End.After(s.Start) {
			continue
		}
		if !s.End.After(around) && s.End.After(window.Start) {
			window.Start = s.End
		}
		if s.Start.After(around) && s.Start.Before(window.End) {
			window.End = s.Start
		}
	}
	return window
}
