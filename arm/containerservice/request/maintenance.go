package request

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
	"lotse.dev/schedule"
)

// Limits of maintenance configurations, AKS's where it has them.
const (
	minWindowHours = 4
	maxWindowHours = 24
	maxSpans       = 50
	lastYear       = 9998 // its times have four-digit years in every zone
)

// DecodeMaintenance reads the body of a maintenance configuration's PUT. It replaces the whole configuration, as in AKS: of two schedules one
// would be left over otherwise. now is when a window without a start date begins to count. The error names every property that is wrong.
func DecodeMaintenance(o *body.Object, spec v1alpha1.MaintenanceConfigurationSpec, now time.Time) (v1alpha1.MaintenanceConfigurationSpec, error) {
	o.Ignored("id", "name", "type", "eTag", "systemData")
	p := o.Object("properties")
	spec.TimeInWeek = decodeTimeInWeek(p)
	spec.NotAllowedTime = decodeNotAllowedTime(p)
	zone := decodeMaintenanceProfile(p.Object("lotseProfile"))
	spec.MaintenanceWindow = decodeWindow(p.Object("maintenanceWindow"), zone, now)
	_ = p.Finish() // the root returns the faults
	o.Fail(checkSorts(spec, zone))
	return spec, o.Finish()
}

// decodeMaintenanceProfile reads what AKS has not: a time zone. What it shows beside is the server's.
func decodeMaintenanceProfile(o *body.Object) (zone string) {
	o.Ignored("open", "reason", "next")
	zone, _ = o.String("timeZone")
	_ = o.Finish()
	return zone
}

// checkSorts of times that a configuration of a name can have. The text about weekly schedules is AKS's.
func checkSorts(spec v1alpha1.MaintenanceConfigurationSpec, zone string) error {
	const hours, window = "properties.timeInWeek", "properties.maintenanceWindow"
	w := spec.MaintenanceWindow
	switch {
	case spec.Name != v1alpha1.MaintenanceDefault && len(spec.TimeInWeek)+len(spec.NotAllowedTime) > 0:
		return invalid(hours, "timeInWeek and notAllowedTime are for configuration '%s'; give '%s' a maintenanceWindow", v1alpha1.MaintenanceDefault, spec.Name)
	case spec.Name != v1alpha1.MaintenanceDefault && w == nil:
		return invalid(window, "configuration '%s' needs it", spec.Name)
	case w == nil && zone != "":
		return invalid("properties.lotseProfile.timeZone", "timeInWeek is in UTC; send a maintenanceWindow for another zone")
	case w == nil && len(spec.TimeInWeek) == 0:
		return invalid(hours, "configuration '%s' needs it, or a maintenanceWindow", spec.Name)
	case w != nil && len(spec.TimeInWeek)+len(spec.NotAllowedTime) > 0:
		return invalid(window, "send either it or timeInWeek with notAllowedTime")
	case w != nil && spec.Name == v1alpha1.MaintenanceDefault && (w.Schedule.Weekly == nil || w.Schedule.Weekly.IntervalWeeks != 1):
		return fault.New(fault.InvalidParameter, "Only weekly schedule is supported for control plane upgrade maintenance configuration: %s. "+
			"Send schedule.weekly with intervalWeeks 1.", spec.Name).At(window + ".schedule")
	}
	return nil
}

func invalid(target, format string, args ...any) error {
	return fault.New(fault.InvalidParameter, "The value of parameter %s is invalid: %s.", target, fmt.Sprintf(format, args...)).At(target)
}

func decodeTimeInWeek(p *body.Object) []v1alpha1.TimeInWeek {
	var all []v1alpha1.TimeInWeek
	for _, item := range p.Objects("timeInWeek", "day") {
		day := required(item, "day", schedule.DayNames...)
		hours, sent := item.Ints("hourSlots")
		slices.Sort(hours)
		hours = slices.Compact(hours)
		if sent && (len(hours) == 0 || hours[0] < 0 || hours[len(hours)-1] > 23) {
			item.Fail(invalid(item.Path("hourSlots"), "it is a list of hours, 0 to 23"))
		} else if !sent {
			item.Fail(invalid(item.Path("hourSlots"), "it is required"))
		}
		if slices.ContainsFunc(all, func(t v1alpha1.TimeInWeek) bool { return t.Day == day }) && day != "" {
			item.Fail(invalid(item.Path("day"), "%s is there twice; put its hours into one list", day))
		}
		all = append(all, v1alpha1.TimeInWeek{Day: day, HourSlots: hours})
		_ = item.Finish()
	}
	return all
}

func decodeNotAllowedTime(p *body.Object) []v1alpha1.TimeSpan {
	var all []v1alpha1.TimeSpan
	for _, item := range p.Objects("notAllowedTime", "start") {
		start, end := decodeInstant(item, "start"), decodeInstant(item, "end")
		if !start.IsZero() && !end.IsZero() && !start.Before(&end) {
			item.Fail(invalid(item.Path("end"), "it must be after start"))
		}
		all = append(all, v1alpha1.TimeSpan{Start: start, End: end})
		_ = item.Finish()
	}
	if len(all) > maxSpans {
		p.Fail(invalid(p.Path("notAllowedTime"), "there are %d; at most %d are kept", len(all), maxSpans))
	}
	return all
}

// decodeInstant reads a required time with its offset; zero with a fault.
func decodeInstant(o *body.Object, name string) metav1.Time {
	text, _ := o.String(name)
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.UTC().Year() > lastYear {
		o.Fail(invalid(o.Path(name), "'%.40s' is not a time such as 2026-12-24T00:00:00Z", text))
	}
	return metav1.NewTime(t.UTC().Truncate(time.Second))
}

// decodeWindow reads a window; nil if there is none.
func decodeWindow(o *body.Object, zone string, now time.Time) *v1alpha1.MaintenanceWindow {
	if o == nil {
		return nil
	}
	w := &v1alpha1.MaintenanceWindow{TimeZone: zone, Schedule: decodeSchedule(o)}
	w.DurationHours = between(o, "durationHours", minWindowHours, maxWindowHours)
	in := decodeOffset(o, w)
	w.StartTime = decodeTimeOfDay(o, "startTime")
	if date, ok := o.String("startDate"); ok {
		w.StartDate = checkDate(o, "startDate", date)
	} else if in != nil {
		w.StartDate = schedule.DateIn(now, in).String()
	}
	w.NotAllowedDates = decodeDates(o)
	_ = o.Finish()
	return w
}

// decodeOffset reads the offset from UTC, which is zero without one, unless a zone is given. It is nil with a fault.
func decodeOffset(o *body.Object, w *v1alpha1.MaintenanceWindow) *time.Location {
	offset, sent := o.String("utcOffset")
	if w.TimeZone != "" {
		if sent {
			o.Fail(invalid(o.Path("utcOffset"), "send either it or lotseProfile.timeZone"))
		}
		return checkZone(o, "properties.lotseProfile.timeZone", w.TimeZone)
	}
	if !sent {
		offset = "+00:00"
	}
	w.UTCOffset = offset
	in, err := schedule.ParseOffset(offset)
	if err != nil {
		o.Fail(invalid(o.Path("utcOffset"), "%v", err))
	}
	return in
}

func checkZone(o *body.Object, path, name string) *time.Location {
	in, err := schedule.ParseZone(name)
	if err != nil {
		o.Fail(invalid(path, "%v", err))
	}
	return in
}

func decodeTimeOfDay(o *body.Object, name string) string {
	text, _ := o.String(name)
	if _, err := schedule.ParseTimeOfDay(text); err != nil {
		o.Fail(invalid(o.Path(name), "%v", err))
	}
	return text
}

// checkDate takes a date as clients write it: azurerm and others send a time at its beginning.
func checkDate(o *body.Object, name, text string) string {
	date := strings.TrimSuffix(text, "T00:00:00Z")
	if _, err := schedule.ParseDate(date); err != nil {
		o.Fail(invalid(o.Path(name), "%v", err))
	}
	return date
}

func decodeDates(o *body.Object) []v1alpha1.DateSpan {
	var all []v1alpha1.DateSpan
	for _, item := range o.Objects("notAllowedDates", "start") {
		start, _ := item.String("start")
		end, _ := item.String("end")
		start, end = checkDate(item, "start", start), checkDate(item, "end", end)
		if end < start { // dates of one form are ordered as their text is
			item.Fail(invalid(item.Path("end"), "it must not be before start"))
		}
		all = append(all, v1alpha1.DateSpan{Start: start, End: end})
		_ = item.Finish()
	}
	if len(all) > maxSpans {
		o.Fail(invalid(o.Path("notAllowedDates"), "there are %d; at most %d are kept", len(all), maxSpans))
	}
	return all
}

// between takes a required number.
func between(o *body.Object, name string, least, most int32) int32 {
	n, ok := o.Int(name)
	if !ok || n < least || n > most {
		o.Fail(invalid(o.Path(name), "it must be %d to %d", least, most))
	}
	return n
}

// required takes a string that must be one of some values.
func required(o *body.Object, name string, values ...string) string {
	v, ok := o.Choice(name, "", values...)
	if sent, _ := o.String(name); !ok && sent == "" {
		o.Fail(invalid(o.Path(name), "it is required: one of %s", strings.Join(values, ", ")))
	}
	return v
}
