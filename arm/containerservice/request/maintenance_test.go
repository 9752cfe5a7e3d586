package request

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/fault"
)

var now = time.Date(2026, 11, 27, 23, 30, 0, 0, time.UTC)

func maintenance(t testing.TB, name, text string) (v1alpha1.MaintenanceConfigurationSpec, error) {
	t.Helper()
	o, err := body.Parse([]byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	return DecodeMaintenance(o, v1alpha1.MaintenanceConfigurationSpec{Cluster: "c", Name: name}, now)
}

// inWindow is a body whose window has these properties.
func inWindow(properties string) string {
	return `{"properties":{"maintenanceWindow":{` + properties + `}}}`
}

func TestRefusedMaintenance(t *testing.T) {
	const rest, daily = `,"durationHours":4,"startTime":"01:00"`, `"schedule":{"daily":{"intervalDays":1}}`
	const auto, standard = v1alpha1.MaintenanceAutoUpgrade, v1alpha1.MaintenanceDefault
	scheduled := func(schedule string) string { return inWindow(`"schedule":{` + schedule + `}` + rest) }
	dates := func(spans string) string { return inWindow(daily + rest + `,"notAllowedDates":[` + spans + `]`) }
	hours := func(slots string) string { return `{"properties":{"timeInWeek":[` + slots + `]}}` }
	spans := func(s string) string {
		return `{"properties":{"timeInWeek":[{"day":"Monday","hourSlots":[1]}],"notAllowedTime":[` + s + `]}}`
	}
	const window = "properties.maintenanceWindow"
	for sentence, c := range map[string]struct{ name, body, target string }{
		"a window needs a schedule":                   {auto, inWindow(`"durationHours":4,"startTime":"01:00"`), window + ".schedule"},
		"a schedule is of one sort":                   {auto, scheduled(`"daily":{"intervalDays":1},"weekly":{"intervalWeeks":1,"dayOfWeek":"Monday"}`), window + ".schedule"},
		"an unknown sort is refused by name":          {auto, scheduled(`"daily":{"intervalDays":1},"yearly":{}`), window + ".schedule.yearly"},
		"days are 1 to 7":                             {auto, scheduled(`"daily":{"intervalDays":8}`), window + ".schedule.daily.intervalDays"},
		"an interval is required":                     {auto, scheduled(`"daily":{}`), window + ".schedule.daily.intervalDays"},
		"weeks are 1 to 4":                            {auto, scheduled(`"weekly":{"intervalWeeks":5,"dayOfWeek":"Monday"}`), window + ".schedule.weekly.intervalWeeks"},
		"a weekday is required":                       {auto, scheduled(`"weekly":{"intervalWeeks":1}`), window + ".schedule.weekly.dayOfWeek"},
		"an empty one is none":                        {auto, scheduled(`"weekly":{"intervalWeeks":1,"dayOfWeek":""}`), window + ".schedule.weekly.dayOfWeek"},
		"a weekday is English":                        {auto, scheduled(`"weekly":{"intervalWeeks":1,"dayOfWeek":"Montag"}`), window + ".schedule.weekly.dayOfWeek"},
		"months are 1 to 6":                           {auto, scheduled(`"absoluteMonthly":{"intervalMonths":0,"dayOfMonth":1}`), window + ".schedule.absoluteMonthly.intervalMonths"},
		"a month has 31 days":                         {auto, scheduled(`"absoluteMonthly":{"intervalMonths":1,"dayOfMonth":32}`), window + ".schedule.absoluteMonthly.dayOfMonth"},
		"a month has no fifth week":                   {auto, scheduled(`"relativeMonthly":{"intervalMonths":1,"weekIndex":"Fifth","dayOfWeek":"Monday"}`), window + ".schedule.relativeMonthly.weekIndex"},
		"a window has 4 hours at least":               {auto, inWindow(daily + `,"durationHours":3,"startTime":"01:00"`), window + ".durationHours"},
		"and 24 at most":                              {auto, inWindow(daily + `,"durationHours":25,"startTime":"01:00"`), window + ".durationHours"},
		"a start time is required":                    {auto, inWindow(daily + `,"durationHours":4`), window + ".startTime"},
		"a day ends at 23:59":                         {auto, inWindow(daily + `,"durationHours":4,"startTime":"24:00"`), window + ".startTime"},
		"an offset has a sign":                        {auto, inWindow(daily + rest + `,"utcOffset":"08:00"`), window + ".utcOffset"},
		"a zone or an offset":                         {auto, strings.Replace(inWindow(daily+rest+`,"utcOffset":"+01:00"`), `"properties":{`, `"properties":{"lotseProfile":{"timeZone":"Europe/Berlin"},`, 1), window + ".utcOffset"},
		"a zone that exists":                          {auto, strings.Replace(inWindow(daily+rest), `"properties":{`, `"properties":{"lotseProfile":{"timeZone":"Berlin"},`, 1), "properties.lotseProfile.timeZone"},
		"a zone that is no path":                      {auto, strings.Replace(inWindow(daily+rest), `"properties":{`, `"properties":{"lotseProfile":{"timeZone":"../../etc/localtime"},`, 1), "properties.lotseProfile.timeZone"},
		"a zone needs a window":                       {standard, `{"properties":{"lotseProfile":{"timeZone":"UTC"},"timeInWeek":[{"day":"Monday","hourSlots":[1]}]}}`, "properties.lotseProfile.timeZone"},
		"a start date that exists":                    {auto, inWindow(daily + rest + `,"startDate":"2026-02-30"`), window + ".startDate"},
		"a date has both ends":                        {auto, dates(`{"start":"2026-12-24"}`), window + ".notAllowedDates[0].end"},
		"in their order":                              {auto, dates(`{"start":"2026-12-24","end":"2026-12-26"},{"start":"2027-12-26","end":"2027-12-24"}`), window + ".notAllowedDates[1].end"},
		"dates are bounded":                           {auto, dates(strings.TrimSuffix(strings.Repeat(`{"start":"2026-12-24","end":"2026-12-26"},`, 51), ",")), window + ".notAllowedDates"},
		"the default configuration is weekly":         {standard, inWindow(daily + rest), window + ".schedule"},
		"and each week":                               {standard, scheduled(`"weekly":{"intervalWeeks":2,"dayOfWeek":"Monday"}`), window + ".schedule"},
		"it has hours or a window":                    {standard, `{"properties":{"notAllowedTime":[]}}`, "properties.timeInWeek"},
		"and not both":                                {standard, strings.Replace(scheduled(`"weekly":{"intervalWeeks":1,"dayOfWeek":"Monday"}`), `"properties":{`, `"properties":{"timeInWeek":[{"day":"Monday","hourSlots":[1]}],`, 1), window},
		"others have a window":                        {auto, `{"properties":{}}`, window},
		"and no hours":                                {auto, hours(`{"day":"Monday","hourSlots":[1]}`), "properties.timeInWeek"},
		"a day has hours":                             {standard, hours(`{"day":"Monday"}`), "properties.timeInWeek[0].hourSlots"},
		"one at least":                                {standard, hours(`{"day":"Monday","hourSlots":[]}`), "properties.timeInWeek[0].hourSlots"},
		"up to 23":                                    {standard, hours(`{"day":"Monday","hourSlots":[24]}`), "properties.timeInWeek[0].hourSlots"},
		"as numbers":                                  {standard, hours(`{"day":"Monday","hourSlots":["1"]}`), "properties.timeInWeek[0].hourSlots"},
		"each day once":                               {standard, hours(`{"day":"Monday","hourSlots":[1]},{"day":"monday","hourSlots":[2]}`), "properties.timeInWeek[1].day"},
		"an hour has a day":                           {standard, hours(`{"hourSlots":[1]}`), "properties.timeInWeek[0].day"},
		"a time that is not allowed ends":             {standard, spans(`{"start":"2026-12-24T00:00:00Z"}`), "properties.notAllowedTime[0].end"},
		"after it began":                              {standard, spans(`{"start":"2026-12-24T00:00:00Z","end":"2026-12-24T00:00:00Z"}`), "properties.notAllowedTime[0].end"},
		"in a year of four digits in every zone":      {standard, spans(`{"start":"2026-12-24T00:00:00Z","end":"9999-12-31T23:59:59-14:00"}`), "properties.notAllowedTime[0].end"},
		"an unknown property is refused by its place": {auto, inWindow(daily + rest + `,"endDate":"2027-01-01"`), window + ".endDate"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := maintenance(t, c.name, c.body)
			if err == nil {
				t.Fatal("it was taken")
			}
			if e := fault.Of(err); e.Target != c.target || e.Kind != fault.InvalidParameter {
				t.Errorf("got %v at %s", err, e.Target)
			}
		})
	}
}

func TestTakenMaintenance(t *testing.T) {
	spec, err := maintenance(t, v1alpha1.MaintenanceAutoUpgrade, `{"properties":{"lotseProfile":{"timeZone":"Asia/Tokyo","open":true,"reason":"x","next":{"start":"y"}},
		"maintenanceWindow":{"schedule":{"daily":null,"relativeMonthly":{"intervalMonths":2,"weekIndex":"last","dayOfWeek":"friday"}},
		"durationHours":8,"startTime":"01:00","notAllowedDates":[{"start":"2026-12-24","end":"2026-12-24"}]}}}`)
	if err != nil {
		t.Fatal(err)
	}
	w := spec.MaintenanceWindow
	if w.StartDate != "2026-11-28" || w.UTCOffset != "" || w.TimeZone != "Asia/Tokyo" || *w.Schedule.RelativeMonthly != (v1alpha1.RelativeMonthlySchedule{IntervalMonths: 2, WeekIndex: "Last", DayOfWeek: "Friday"}) {
		t.Errorf("got %+v", w)
	}
	spec, err = maintenance(t, v1alpha1.MaintenanceDefault, inWindow(`"schedule":{"weekly":{"intervalWeeks":1,"dayOfWeek":"Sunday"}},"durationHours":4,"startTime":"01:00","startDate":"2024-05-01T00:00:00Z"`))
	if w := spec.MaintenanceWindow; err != nil || w.UTCOffset != "+00:00" || w.StartDate != "2024-05-01" {
		t.Errorf("got %+v, %v", w, err)
	}
	spec, err = maintenance(t, v1alpha1.MaintenanceDefault, `{"properties":{"timeInWeek":[{"day":"SUNDAY","hourSlots":[23,0,0]}]}}`)
	if err != nil || fmt.Sprint(spec.TimeInWeek) != "[{Sunday [0 23]}]" {
		t.Errorf("got %+v, %v", spec, err)
	}
}

// FuzzMaintenance sends anything to the readers of what a cluster's children are. What is taken can be shown, and sent back as it is shown.
func FuzzMaintenance(f *testing.F) {
	f.Add(`{"properties":{"maintenanceWindow":{"schedule":{"weekly":{"intervalWeeks":1,"dayOfWeek":"Sunday"}},"durationHours":4,"startTime":"01:00","utcOffset":"+01:00"}}}`)
	f.Add(`{"properties":{"timeInWeek":[{"day":"Monday","hourSlots":[1]}],"notAllowedTime":[{"start":"2026-12-24T00:00:00Z","end":"2026-12-27T00:00:00Z"}]}}`)
	f.Add(`{"properties":{"timeZone":"Europe/Berlin","stop":[{"daysOfWeek":["Monday"],"time":"19:00"}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range v1alpha1.MaintenanceNames {
			spec, ok := tried(text, func(o *body.Object) (v1alpha1.MaintenanceConfigurationSpec, error) {
				return DecodeMaintenance(o, v1alpha1.MaintenanceConfigurationSpec{Cluster: "c", Name: name}, now)
			})
			if !ok {
				continue
			}
			again, err := maintenance(t, name, shownAs(t, wire.MaintenanceOf(&v1alpha1.ManagedCluster{}, spec, now)))
			if err != nil || !equality.Semantic.DeepEqual(spec, again) {
				t.Errorf("taken: %+v; sent back: %+v, %v", spec, again, err)
			}
		}
		schedule, ok := tried(text, func(o *body.Object) (v1alpha1.PowerScheduleSpec, error) {
			return DecodePowerSchedule(o, v1alpha1.PowerScheduleSpec{Cluster: "c"}, now)
		})
		if !ok {
			return
		}
		again, ok := tried(shownAs(t, wire.PowerScheduleOf(&v1alpha1.ManagedCluster{}, &v1alpha1.PowerSchedule{Spec: schedule}, now)),
			func(o *body.Object) (v1alpha1.PowerScheduleSpec, error) {
				return DecodePowerSchedule(o, schedule, now.Add(time.Hour))
			})
		if !ok || !equality.Semantic.DeepEqual(schedule, again) {
			t.Errorf("taken: %+v; sent back: %+v, %v", schedule, again, ok)
		}
	})
}

// tried is what a body is read as; false if it is refused.
func tried[T any](text string, decode func(*body.Object) (T, error)) (spec T, ok bool) {
	o, err := body.Parse([]byte(text), nil)
	if err != nil {
		return spec, false
	}
	spec, err = decode(o)
	return spec, err == nil
}

func shownAs(t *testing.T, answer any) string {
	t.Helper()
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
