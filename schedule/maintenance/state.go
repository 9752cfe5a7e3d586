package maintenance

import (
	"fmt"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule"
)

// State of a configuration: whether something may begin by itself now.
type State struct {
	Open bool
	// Reason why it is open or not, as a sentence.
	Reason string
	// Next is the time in which something may begin: the present one if Open. Nil if none ever comes.
	Next *schedule.Span
}

// At an instant, the state of a configuration.
func At(spec v1alpha1.MaintenanceConfigurationSpec, now time.Time) State {
	c, err := Calendar(spec)
	if err != nil { // the front door admits none of these
		return State{Reason: fmt.Sprintf("The configuration cannot be read: %v.", err)}
	}
	next, ok := c.Next(now)
	if !ok {
		return State{Reason: "It has no window, now or later."}
	}
	s := State{Open: next.Has(now), Next: &next}
	switch until, excluded := c.ExcludedUntil(now); {
	case s.Open:
		s.Reason = "A window is open until " + utc(next.End) + "."
	case excluded:
		s.Reason = fmt.Sprintf("Maintenance is not allowed until %s. The next window opens at %s.", utc(until), utc(next.Start))
	default:
		s.Reason = "No window is open. The next one opens at " + utc(next.Start) + "."
	}
	return s
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }
