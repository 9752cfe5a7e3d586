package schedule

import (
	"fmt"
	"time"
)

// Date of the proleptic Gregorian calendar, as days since 1970-01-01.
type Date int

// maxDate is the last date on which anything recurs: what begins then also ends in a year of four digits, in every zone.
var maxDate = DateOf(9998, time.December, 31)

const daySeconds = 24 * 60 * 60

// DateOf a year, month and day; days beyond the month's run over into the next, as in time.Date.
func DateOf(year int, month time.Month, day int) Date {
	return Date(floorDiv(int(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()), daySeconds))
}

// DateIn a zone at an instant.
func DateIn(t time.Time, zone *time.Location) Date { return DateOf(t.In(zone).Date()) }

// ParseDate reads a date such as 2026-11-27.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || len(s) != len(time.DateOnly) {
		return 0, fmt.Errorf("'%.40s' is not a date such as 2026-11-27", s)
	}
	return DateOf(t.Date()), nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d)*daySeconds, 0).UTC() }

// Weekday of the date.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// String is the date such as 2026-11-27.
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// month of the date, counted from year 0.
func (d Date) month() month {
	year, m, _ := d.utc().Date()
	return month(12*year + int(m) - 1)
}

// month of a year, counted from January of year 0.
type month int

// day of the month, or the month's last one if it has fewer.
func (m month) day(day int) Date {
	first := DateOf(0, time.Month(m+1), 1)
	last := DateOf(0, time.Month(m+2), 1) - 1
	return min(first+Date(day-1), last)
}

// floorDiv rounds down, also below zero.
func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
