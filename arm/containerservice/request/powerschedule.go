package request

import (
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/schedule"
)

// maxPowerTimes is how many lists of days a schedule has for stops, and for starts.
const maxPowerTimes = 20

// DecodePowerSchedule reads the body of a power schedule's PUT, which replaces the whole schedule of the same cluster. Times before now count for
// nothing, unless the schedule stays as it is. The error names every property that is wrong.
func DecodePowerSchedule(o *body.Object, present v1alpha1.PowerScheduleSpec, now time.Time) (v1alpha1.PowerScheduleSpec, error) {
	spec := v1alpha1.PowerScheduleSpec{Cluster: present.Cluster, WrittenAt: present.WrittenAt}
	o.Ignored("id", "name", "type", "eTag", "systemData")
	p := o.Object("properties")
	p.Ignored("nextStop", "nextStart", "last", "waiting")
	if enabled, ok := p.Bool("enabled"); ok {
		spec.Disabled = !enabled
	}
	decodePowerZone(p, &spec)
	taken := map[string]string{}
	spec.Stop, spec.Start = decodePowerTimes(p, "stop", taken), decodePowerTimes(p, "start", taken)
	if len(spec.Stop)+len(spec.Start) == 0 {
		o.Fail(invalid("properties.stop", "a schedule needs a time in stop or in start"))
	}
	_ = p.Finish() // the root returns the faults
	if !equality.Semantic.DeepEqual(spec, present) {
		spec.WrittenAt = metav1.NewTime(now.UTC().Truncate(time.Second))
	}
	return spec, o.Finish()
}

// decodePowerZone reads the time zone, or an offset from UTC: one of them is required, because nobody means UTC without saying so.
func decodePowerZone(p *body.Object, spec *v1alpha1.PowerScheduleSpec) {
	spec.TimeZone, _ = p.String("timeZone")
	spec.UTCOffset, _ = p.String("utcOffset")
	if p == nil {
		return
	}
	if (spec.TimeZone == "") == (spec.UTCOffset == "") {
		p.Fail(invalid(p.Path("timeZone"), "send either it, such as Europe/Berlin, or utcOffset, such as +01:00"))
		return
	}
	if spec.TimeZone != "" {
		checkZone(p, p.Path("timeZone"), spec.TimeZone)
		return
	}
	if _, err := schedule.ParseOffset(spec.UTCOffset); err != nil {
		p.Fail(invalid(p.Path("utcOffset"), "%v", err))
	}
}

// decodePowerTimes reads the times of one sort. taken has those that the schedule has already, by day and time.
func decodePowerTimes(p *body.Object, name string, taken map[string]string) []v1alpha1.PowerTime {
	var all []v1alpha1.PowerTime
	for _, item := range p.Objects(name, "time") {
		t := v1alpha1.PowerTime{Time: decodeTimeOfDay(item, "time")}
		sent, _ := item.Strings("daysOfWeek")
		for _, day := range schedule.DayNames {
			if slices.Contains(sent, day) {
				t.DaysOfWeek = append(t.DaysOfWeek, day)
			}
		}
		if len(sent) == 0 || len(t.DaysOfWeek) != len(sent) {
			item.Fail(invalid(item.Path("daysOfWeek"), "it is a list of days, each once, such as [\"Monday\", \"Friday\"]"))
		}
		for _, day := range t.DaysOfWeek {
			if other, found := taken[day+t.Time]; found {
				item.Fail(invalid(item.Path("time"), "%s %s is in %s already", day, t.Time, other))
			}
			taken[day+t.Time] = name
		}
		all = append(all, t)
		_ = item.Finish()
	}
	if len(all) > maxPowerTimes {
		p.Fail(invalid(p.Path(name), "there are %d; at most %d are kept", len(all), maxPowerTimes))
	}
	return all
}
