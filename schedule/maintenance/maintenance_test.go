package maintenance

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	i, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func window(s v1alpha1.MaintenanceSchedule, change ...func(*v1alpha1.MaintenanceWindow)) v1alpha1.MaintenanceConfigurationSpec {
	w := v1alpha1.MaintenanceWindow{Schedule: s, DurationHours: 4, UTCOffset: "+00:00", StartDate: "2026-11-01", StartTime: "01:00"}
	for _, f := range change {
		f(&w)
	}
	return v1alpha1.MaintenanceConfigurationSpec{MaintenanceWindow: &w}
}

func TestAt(t *testing.T) {
	daily := v1alpha1.MaintenanceSchedule{Daily: &v1alpha1.DailySchedule{IntervalDays: 1}}
	weekly := v1alpha1.MaintenanceSchedule{Weekly: &v1alpha1.WeeklySchedule{IntervalWeeks: 2, DayOfWeek: "Sunday"}}
	absolute := v1alpha1.MaintenanceSchedule{AbsoluteMonthly: &v1alpha1.AbsoluteMonthlySchedule{IntervalMonths: 3, DayOfMonth: 31}}
	relative := v1alpha1.MaintenanceSchedule{RelativeMonthly: &v1alpha1.RelativeMonthlySchedule{IntervalMonths: 1, WeekIndex: "Last", DayOfWeek: "Friday"}}
	berlin := func(w *v1alpha1.MaintenanceWindow) { w.UTCOffset, w.TimeZone = "", "Europe/Berlin" }
	holidays := func(w *v1alpha1.MaintenanceWindow) {
		w.NotAllowedDates = []v1alpha1.DateSpan{{Start: "2026-12-20", End: "2027-01-03"}}
	}
	hours := func(spans ...v1alpha1.TimeSpan) v1alpha1.MaintenanceConfigurationSpec {
		return v1alpha1.MaintenanceConfigurationSpec{NotAllowedTime: spans, TimeInWeek: []v1alpha1.TimeInWeek{{Day: "Friday", HourSlots: []int32{23, 9, 10}}}}
	}
	no := func(from, until string) v1alpha1.TimeSpan {
		return v1alpha1.TimeSpan{Start: metav1.NewTime(instant(t, from)), End: metav1.NewTime(instant(t, until))}
	}
	for sentence, c := range map[string]struct {
		spec   v1alpha1.MaintenanceConfigurationSpec
		at     string
		open   bool
		reason string
	}{
		"a window is open":                 {window(daily), "2026-11-27T02:00:00Z", true, "A window is open until 2026-11-27T05:00:00Z."},
		"a window is closed":               {window(daily), "2026-11-27T05:00:00Z", false, "No window is open. The next one opens at 2026-11-28T01:00:00Z."},
		"a zone has its own hours":         {window(daily, berlin), "2026-11-27T02:00:00Z", true, "A window is open until 2026-11-27T04:00:00Z."},
		"and in summer others":             {window(daily, berlin), "2027-07-01T02:00:00Z", true, "A window is open until 2027-07-01T03:00:00Z."},
		"each second week":                 {window(weekly), "2026-11-27T02:00:00Z", false, "No window is open. The next one opens at 2026-11-29T01:00:00Z."},
		"the last day of each third month": {window(absolute), "2026-12-27T02:00:00Z", false, "No window is open. The next one opens at 2027-02-28T01:00:00Z."},
		"the last Friday of a month":       {window(relative), "2026-11-27T02:00:00Z", true, "A window is open until 2026-11-27T05:00:00Z."},
		"on a date that is not allowed":    {window(daily, holidays), "2026-12-24T02:00:00Z", false, "Maintenance is not allowed until 2027-01-04T00:00:00Z. The next window opens at 2027-01-04T01:00:00Z."},
		"an hour of the week":              {hours(), "2026-11-27T23:30:00Z", true, "A window is open until 2026-11-28T00:00:00Z."},
		"hours that follow each other":     {hours(), "2026-11-27T09:30:00Z", true, "A window is open until 2026-11-27T11:00:00Z."},
		"between the hours":                {hours(), "2026-11-27T11:00:00Z", false, "No window is open. The next one opens at 2026-11-27T23:00:00Z."},
		"a time that is not allowed":       {hours(no("2026-11-27T09:15:00Z", "2026-11-27T10:15:00Z")), "2026-11-27T09:30:00Z", false, "Maintenance is not allowed until 2026-11-27T10:15:00Z. The next window opens at 2026-11-27T10:15:00Z."},
		"a window ends before such a time": {hours(no("2026-11-27T09:15:00Z", "2026-11-27T10:15:00Z")), "2026-11-27T09:00:00Z", true, "A window is open until 2026-11-27T09:15:00Z."},
		"a configuration without windows":  {v1alpha1.MaintenanceConfigurationSpec{}, "2026-11-27T09:00:00Z", false, "It has no window, now or later."},
		"a schedule without a recurrence":  {window(v1alpha1.MaintenanceSchedule{}), "2026-11-27T09:00:00Z", false, "It has no window, now or later."},
		"a zone that does not exist":       {window(daily, func(w *v1alpha1.MaintenanceWindow) { w.TimeZone = "Mars/Olympus" }), "2026-11-27T09:00:00Z", false, "The configuration cannot be read: 'Mars/Olympus' is not a time zone of the IANA database such as Europe/Berlin."},
		"a start date that cannot be read": {window(daily, func(w *v1alpha1.MaintenanceWindow) { w.StartDate = "x" }), "2026-11-27T09:00:00Z", false, "The configuration cannot be read: 'x' is not a date such as 2026-11-27."},
		"a start time that cannot be read": {window(daily, func(w *v1alpha1.MaintenanceWindow) { w.StartTime = "x" }), "2026-11-27T09:00:00Z", false, "The configuration cannot be read: 'x' is not a time of day from 00:00 to 23:59."},
		"a first date that cannot be read": {window(daily, func(w *v1alpha1.MaintenanceWindow) { w.NotAllowedDates = []v1alpha1.DateSpan{{Start: "x"}} }), "2026-11-27T09:00:00Z", false, "The configuration cannot be read: 'x' is not a date such as 2026-11-27."},
		"a last date that cannot be read": {window(daily, func(w *v1alpha1.MaintenanceWindow) {
			w.NotAllowedDates = []v1alpha1.DateSpan{{Start: "2026-01-01", End: "y"}}
		}), "2026-11-27T09:00:00Z", false, "The configuration cannot be read: 'y' is not a date such as 2026-11-27."},
		"dates that are never allowed again": {window(daily, func(w *v1alpha1.MaintenanceWindow) {
			w.NotAllowedDates = []v1alpha1.DateSpan{{Start: "2026-01-01", End: "9999-12-31"}}
		}), "2026-11-27T09:00:00Z", false, "It has no window, now or later."},
		"a first date that is yet to come":    {window(daily, func(w *v1alpha1.MaintenanceWindow) { w.StartDate = "2027-06-01" }), "2026-11-27T02:00:00Z", false, "No window is open. The next one opens at 2027-06-01T01:00:00Z."},
		"a window that began the day before":  {window(daily, func(w *v1alpha1.MaintenanceWindow) { w.StartTime, w.DurationHours = "22:00", 24 }), "2026-11-28T21:00:00Z", true, "A window is open until 2026-11-28T22:00:00Z."},
		"an offset from UTC moves the window": {window(daily, func(w *v1alpha1.MaintenanceWindow) { w.UTCOffset = "-08:00" }), "2026-11-27T10:00:00Z", true, "A window is open until 2026-11-27T13:00:00Z."},
	} {
		t.Run(sentence, func(t *testing.T) {
			got := At(c.spec, instant(t, c.at))
			if got.Open != c.open || got.Reason != c.reason {
				t.Errorf("got %v, %q", got.Open, got.Reason)
			}
			if got.Open && (got.Next == nil || !got.Next.Has(instant(t, c.at))) {
				t.Errorf("it is open, and its window is %+v", got.Next)
			}
		})
	}
}
