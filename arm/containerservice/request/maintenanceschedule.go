package request

import (
	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/schedule"
)

// Longest intervals, AKS's.
const (
	maxIntervalDays   = 7
	maxIntervalWeeks  = 4
	maxIntervalMonths = 6
	maxDayOfMonth     = 31
)

// decodeSchedule of a window: one of four. AKS's clients send those that are not meant as null.
func decodeSchedule(window *body.Object) v1alpha1.MaintenanceSchedule {
	var s v1alpha1.MaintenanceSchedule
	o, sorts := window.Object("schedule"), 0
	if d := o.Object("daily"); d != nil {
		sorts++
		s.Daily = &v1alpha1.DailySchedule{IntervalDays: between(d, "intervalDays", 1, maxIntervalDays)}
		_ = d.Finish()
	}
	if w := o.Object("weekly"); w != nil {
		sorts++
		s.Weekly = &v1alpha1.WeeklySchedule{IntervalWeeks: between(w, "intervalWeeks", 1, maxIntervalWeeks), DayOfWeek: required(w, "dayOfWeek", schedule.DayNames...)}
		_ = w.Finish()
	}
	if m := o.Object("absoluteMonthly"); m != nil {
		sorts++
		s.AbsoluteMonthly = &v1alpha1.AbsoluteMonthlySchedule{
			IntervalMonths: between(m, "intervalMonths", 1, maxIntervalMonths), DayOfMonth: between(m, "dayOfMonth", 1, maxDayOfMonth),
		}
		_ = m.Finish()
	}
	if m := o.Object("relativeMonthly"); m != nil {
		sorts++
		s.RelativeMonthly = &v1alpha1.RelativeMonthlySchedule{
			IntervalMonths: between(m, "intervalMonths", 1, maxIntervalMonths),
			WeekIndex:      required(m, "weekIndex", schedule.WeekNames...), DayOfWeek: required(m, "dayOfWeek", schedule.DayNames...),
		}
		_ = m.Finish()
	}
	if sorts != 1 {
		window.Fail(invalid(window.Path("schedule"), "it needs one of daily, weekly, absoluteMonthly and relativeMonthly, and has %d", sorts))
	}
	_ = o.Finish()
	return s
}
