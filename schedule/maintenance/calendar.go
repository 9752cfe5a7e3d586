// Package maintenance says when something may begin by itself in a cluster, by its maintenance configurations.
package maintenance

import (
	"slices"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule"
)

// Calendar of a configuration. The error is that of its first part that cannot be read.
func Calendar(spec v1alpha1.MaintenanceConfigurationSpec) (schedule.Calendar, error) {
	var c schedule.Calendar
	for _, t := range spec.TimeInWeek {
		c.Windows = append(c.Windows, slots(t)...)
	}
	for _, s := range spec.NotAllowedTime {
		c.Excluded = append(c.Excluded, schedule.Span{Start: s.Start.Time, End: s.End.Time})
	}
	if spec.MaintenanceWindow == nil {
		return c, nil
	}
	window, excluded, err := recurring(*spec.MaintenanceWindow)
	c.Windows, c.Excluded = append(c.Windows, window), append(c.Excluded, excluded...)
	return c, err
}

// slots of a weekday as windows: hours that follow each other are one.
func slots(t v1alpha1.TimeInWeek) []schedule.Window {
	var all []schedule.Window
	hours := slices.Clone(t.HourSlots)
	slices.Sort(hours)
	for i, hour := range hours {
		if i > 0 && hour == hours[i-1]+1 {
			all[len(all)-1].Duration += time.Hour
			continue
		}
		all = append(all, schedule.Window{
			Rule:     schedule.Rule{Recurrence: schedule.Weekly{Weeks: 1, On: schedule.Named(t.Day)}, Time: schedule.TimeOfDay(60 * hour), Zone: time.UTC},
			Duration: time.Hour,
		})
	}
	return all
}

func recurring(w v1alpha1.MaintenanceWindow) (schedule.Window, []schedule.Span, error) {
	zone, err := schedule.Zone(w.TimeZone, w.UTCOffset)
	if err != nil {
		return schedule.Window{}, nil, err
	}
	from, err := schedule.ParseDate(w.StartDate)
	if err != nil {
		return schedule.Window{}, nil, err
	}
	at, err := schedule.ParseTimeOfDay(w.StartTime)
	if err != nil {
		return schedule.Window{}, nil, err
	}
	var excluded []schedule.Span
	for _, d := range w.NotAllowedDates {
		first, err := schedule.ParseDate(d.Start)
		if err != nil {
			return schedule.Window{}, nil, err
		}
		last, err := schedule.ParseDate(d.End)
		if err != nil {
			return schedule.Window{}, nil, err
		}
		excluded = append(excluded, schedule.Dates(first, last, zone))
	}
	rule := schedule.Rule{Recurrence: recurrence(w.Schedule), From: from, Time: at, Zone: zone}
	return schedule.Window{Rule: rule, Duration: time.Duration(w.DurationHours) * time.Hour}, excluded, nil
}

// recurrence of a schedule; without any it has no dates.
func recurrence(s v1alpha1.MaintenanceSchedule) schedule.Recurrence {
	switch {
	case s.Daily != nil:
		return schedule.Daily{Days: int(s.Daily.IntervalDays)}
	case s.Weekly != nil:
		return schedule.Weekly{Weeks: int(s.Weekly.IntervalWeeks), On: schedule.Named(s.Weekly.DayOfWeek)}
	case s.AbsoluteMonthly != nil:
		return schedule.AbsoluteMonthly{Months: int(s.AbsoluteMonthly.IntervalMonths), Day: int(s.AbsoluteMonthly.DayOfMonth)}
	case s.RelativeMonthly != nil:
		r := s.RelativeMonthly
		return schedule.RelativeMonthly{
			Months: int(r.IntervalMonths), Week: schedule.Week(1 + slices.Index(schedule.WeekNames, r.WeekIndex)),
			Weekday: time.Weekday(slices.Index(schedule.DayNames, r.DayOfWeek)),
		}
	}
	return schedule.Daily{}
}
