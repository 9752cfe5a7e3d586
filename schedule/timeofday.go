package schedule

import (
	"fmt"
	"regexp"
	"time"
)

// TimeOfDay is what a clock on the wall shows, in minutes since midnight.
type TimeOfDay int

var timeOfDay = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// ParseTimeOfDay reads a time such as 09:30.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	if !timeOfDay.MatchString(s) {
		return 0, fmt.Errorf("'%.20s' is not a time of day from 00:00 to 23:59", s)
	}
	t, err := time.Parse("15:04", s)
	return TimeOfDay(60*t.Hour() + t.Minute()), err
}

// String is the time such as 09:30.
func (t TimeOfDay) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// On a date in a zone: the instant at which clocks there show the time.
func (t TimeOfDay) On(d Date, zone *time.Location) time.Time {
	wall := d.utc().Add(time.Duration(t) * time.Minute)
	guess := time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, zone)
	_, offset := guess.Zone()
	switch shown := clock(guess); {
	case shown.After(wall): // it does not exist, and the guess was made by the offset before
		return guess
	case shown.Before(wall): // it does not exist, and the guess was made by the offset after; the one before holds at the guess
		return ago(wall, offset).In(zone)
	}
	return first(guess, wall)
}

// first of the instants at which clocks show the same as at t.
func first(t, wall time.Time) time.Time {
	since, _ := t.ZoneBounds()
	if since.IsZero() {
		return t
	}
	_, before := since.Add(-time.Second).Zone()
	if earlier := ago(wall, before).In(t.Location()); earlier.Before(t) && clock(earlier).Equal(wall) {
		return earlier
	}
	return t
}

// clock is what clocks show at an instant, as if it were UTC.
func clock(t time.Time) time.Time {
	_, offset := t.Zone()
	return ago(t.UTC(), -offset)
}

func ago(t time.Time, seconds int) time.Time { return t.Add(-time.Duration(seconds) * time.Second) }
