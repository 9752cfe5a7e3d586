package autoupgrade

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/schedule"
	"lotse.dev/schedule/maintenance"
)

// zones in which clocks change at different times, by an hour, half an hour, or at midnight, and one in which they do not.
var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "Asia/Gaza", "Antarctica/Troll"}

// FuzzMoment looks at the moment at which a cluster begins, at any time of decades: it is in a window, not before the upgrade could begin, and what was
// announced stays so until it comes.
func FuzzMoment(f *testing.F) {
	f.Add(uint64(1), uint8(1), uint8(1), uint8(4), uint16(150), uint16(3), uint32(1_800_000_000), int32(-3600))
	f.Add(uint64(2), uint8(3), uint8(8), uint8(24), uint16(1410), uint16(400), uint32(1_806_281_000), int32(7200))
	f.Add(uint64(3), uint8(5), uint8(14), uint8(8), uint16(0), uint16(20), uint32(1_774_746_000), int32(-900_000))
	f.Fuzz(func(t *testing.T, uid uint64, zone, schedules, hours uint8, start, excluded uint16, at uint32, ago int32) {
		w := &v1alpha1.MaintenanceWindow{
			DurationHours: int32(4 + hours%21), TimeZone: zones[int(zone)%len(zones)], StartDate: "2020-01-01",
			StartTime: fmt.Sprintf("%02d:%02d", start/60%24, start%60), Schedule: scheduleOf(schedules),
		}
		now := time.Unix(1_600_000_000+int64(at)%1_500_000_000, 0).UTC()
		if excluded%2 == 1 {
			first := schedule.DateOf(now.Date()) + schedule.Date(excluded/2%20) - 5
			w.NotAllowedDates = []v1alpha1.DateSpan{{Start: first.String(), End: (first + schedule.Date(excluded/64%30)).String()}}
		}
		spec := v1alpha1.MaintenanceConfigurationSpec{Name: v1alpha1.MaintenanceAutoUpgrade, MaintenanceWindow: w}
		facts := Facts{Cluster: &v1alpha1.ManagedCluster{}, Now: now, Maintenance: []v1alpha1.MaintenanceConfigurationSpec{spec}}
		facts.Cluster.UID = types.UID(fmt.Sprint(uid))
		since := now.Add(time.Duration(ago) * time.Second)
		m := momentOf(facts, since, v1alpha1.MaintenanceAutoUpgrade)
		begins := later(m.at, now)
		if state := maintenance.At(spec, begins); m.at.IsZero() || !state.Open || begins.Before(since) {
			t.Fatalf("at %s an upgrade that is possible since %s begins at %s: %s %s", now, since, begins, m.why, state.Reason)
		}
		for _, part := range []int{7, 3, 2} {
			facts.Now = now.Add(begins.Sub(now) / time.Duration(part))
			if again := momentOf(facts, since, v1alpha1.MaintenanceAutoUpgrade); !later(again.at, facts.Now).Equal(later(begins, facts.Now)) {
				t.Fatalf("at %s it begins at %s, and at %s it begins at %s", now, begins, facts.Now, again.at)
			}
		}
	})
}

func scheduleOf(kind uint8) v1alpha1.MaintenanceSchedule {
	n := int32(1 + kind/4%4)
	switch kind % 4 {
	case 0:
		return v1alpha1.MaintenanceSchedule{Daily: &v1alpha1.DailySchedule{IntervalDays: n}}
	case 1:
		return v1alpha1.MaintenanceSchedule{Weekly: &v1alpha1.WeeklySchedule{IntervalWeeks: n, DayOfWeek: "Sunday"}}
	case 2:
		return v1alpha1.MaintenanceSchedule{AbsoluteMonthly: &v1alpha1.AbsoluteMonthlySchedule{IntervalMonths: n, DayOfMonth: 31}}
	}
	return v1alpha1.MaintenanceSchedule{RelativeMonthly: &v1alpha1.RelativeMonthlySchedule{IntervalMonths: n, WeekIndex: "Last", DayOfWeek: "Sunday"}}
}
