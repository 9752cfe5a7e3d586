package schedule

import (
	"slices"
	"time"
)

// Recurrence is a rule by which dates recur.
type Recurrence interface {
	// next is the first date of the rule, counted from a date, that is not before d. It is false if the rule has no dates.
	next(from, d Date) (Date, bool)
}

// Daily recurs each so many days.
type Daily struct{ Days int }

func (r Daily) next(from, d Date) (Date, bool) {
	if r.Days < 1 {
		return 0, false
	}
	rounds := max(0, floorDiv(int(d-from)+r.Days-1, r.Days))
	return from + Date(rounds*r.Days), true
}

// Weekdays is a set of days.
type Weekdays uint8

// On is the set of some days.
func On(days ...time.Weekday) Weekdays {
	var set Weekdays
	for _, d := range days {
		set |= 1 << d
	}
	return set
}

// DayNames are the names of weekdays, in order from Sunday.
var DayNames = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}

// Named is the set of days of these names; others count for nothing.
func Named(days ...string) Weekdays {
	var set Weekdays
	for i, name := range DayNames {
		if slices.Contains(days, name) {
			set |= On(time.Weekday(i))
		}
	}
	return set
}

// Names of the days in the set, in order from Sunday.
func (w Weekdays) Names() []string {
	var all []string
	for i, name := range DayNames {
		if w.Has(time.Weekday(i)) {
			all = append(all, name)
		}
	}
	return all
}

// Has reports whether a day is in the set.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<d) != 0 }

// Weekly recurs each so many weeks, on some days of them. Weeks count from the date that the rule is counted from, so the first one has each
// day once.
type Weekly struct {
	Weeks int
	On    Weekdays
}

func (r Weekly) next(from, d Date) (Date, bool) {
	if r.Weeks < 1 || r.On&(1<<7-1) == 0 {
		return 0, false
	}
	interval := Date(7 * r.Weeks)
	week := from + max(0, Date(floorDiv(int(d-from), int(interval))))*interval
	for ; ; week += interval { // the second round finds a day at the latest
		for day := week; day < week+7; day++ {
			if day >= d && r.On.Has(day.Weekday()) {
				return day, true
			}
		}
	}
}

// AbsoluteMonthly recurs each so many months on a day of the month: on the month's last day where it has fewer.
type AbsoluteMonthly struct{ Months, Day int }

func (r AbsoluteMonthly) next(from, d Date) (Date, bool) {
	if r.Day < 1 {
		return 0, false
	}
	return monthly(r.Months, from, d, func(m month) Date { return m.day(r.Day) })
}

// Week of a month in which a weekday is: its first, second, third, fourth or last one there.
type Week int

// Weeks of a month.
const (
	First Week = 1 + iota
	Second
	Third
	Fourth
	Last
)

// WeekNames are the names of Weeks, in order from First.
var WeekNames = []string{"First", "Second", "Third", "Fourth", "Last"}

// RelativeMonthly recurs each so many months on a weekday, such as the second Tuesday.
type RelativeMonthly struct {
	Months  int
	Week    Week
	Weekday time.Weekday
}

func (r RelativeMonthly) next(from, d Date) (Date, bool) {
	if r.Week < First || r.Week > Last {
		return 0, false
	}
	return monthly(r.Months, from, d, r.in)
}

// in a month, the date.
func (r RelativeMonthly) in(m month) Date {
	if r.Week == Last {
		last := (m + 1).day(1) - 1
		return last - Date((last.Weekday()-r.Weekday+7)%7)
	}
	first := m.day(1)
	return first + Date((r.Weekday-first.Weekday()+7)%7) + 7*Date(r.Week-First)
}

// monthly is the first date that is not before d, of those that each so many months have. Months count from the first one whose date is not before
// from.
func monthly(interval int, from, d Date, in func(month) Date) (Date, bool) {
	if interval < 1 {
		return 0, false
	}
	start := from.month()
	if in(start) < from {
		start++
	}
	rounds := max(0, floorDiv(int(d.month()-start), interval))
	found := in(start + month(rounds*interval))
	if found < d {
		found = in(start + month((rounds+1)*interval))
	}
	return found, true
}
