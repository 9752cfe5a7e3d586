package power

import (
	"testing"
	"time"

	"lotse.dev/api/v1alpha1"
)

var workdays = []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	i, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func plan(t *testing.T, spec v1alpha1.PowerScheduleSpec) Plan {
	t.Helper()
	p, err := Of(spec)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func nightly() v1alpha1.PowerScheduleSpec {
	return v1alpha1.PowerScheduleSpec{
		TimeZone: "Europe/Berlin", Stop: []v1alpha1.PowerTime{{DaysOfWeek: workdays, Time: "19:00"}}, Start: []v1alpha1.PowerTime{{DaysOfWeek: workdays, Time: "07:00"}},
	}
}

func TestTimesOfASchedule(t *testing.T) {
	p := plan(t, nightly())
	for sentence, c := range map[string]struct{ now, stop, start, after string }{
		"in the morning the stop is next":        {"2026-11-27T09:00:00Z", "2026-11-27T18:00:00Z", "2026-11-30T06:00:00Z", "2026-11-27T18:00:00Z"},
		"at night the start is":                  {"2026-11-26T20:00:00Z", "2026-11-27T18:00:00Z", "2026-11-27T06:00:00Z", "2026-11-27T06:00:00Z"},
		"at its time it has come":                {"2026-11-27T18:00:00Z", "2026-11-30T18:00:00Z", "2026-11-30T06:00:00Z", "2026-11-30T06:00:00Z"},
		"in summer both are an hour earlier":     {"2027-03-27T09:00:00Z", "2027-03-29T17:00:00Z", "2027-03-29T05:00:00Z", "2027-03-29T05:00:00Z"},
		"before a weekend the start is Monday's": {"2026-11-27T18:30:00Z", "2026-11-30T18:00:00Z", "2026-11-30T06:00:00Z", "2026-11-30T06:00:00Z"},
	} {
		t.Run(sentence, func(t *testing.T) {
			stop, _ := p.Next(v1alpha1.Stopped, at(t, c.now))
			start, _ := p.Next(v1alpha1.Running, at(t, c.now))
			after, _ := p.After(at(t, c.now))
			if !stop.Equal(at(t, c.stop)) || !start.Equal(at(t, c.start)) || !after.Equal(at(t, c.after)) {
				t.Errorf("stops %s, starts %s, next %s", stop.UTC(), start.UTC(), after.UTC())
			}
		})
	}
}

func TestLatest(t *testing.T) {
	onlyStops, both, one := nightly(), nightly(), nightly()
	onlyStops.Start = nil
	both.Start[0].Time = "19:00"
	one.Stop, one.Start = []v1alpha1.PowerTime{{DaysOfWeek: []string{"Sunday"}, Time: "03:00"}}, nil
	const long = "2020-01-01T00:00:00Z"
	for sentence, c := range map[string]struct {
		spec         v1alpha1.PowerScheduleSpec
		after, until string
		want         string
		state        v1alpha1.PowerState
	}{
		"of a stop and a start it is the newer":       {nightly(), long, "2026-11-27T09:00:00Z", "2026-11-27T06:00:00Z", v1alpha1.Running},
		"after the weekend it is still Friday's stop": {nightly(), long, "2026-11-30T05:00:00Z", "2026-11-27T18:00:00Z", v1alpha1.Stopped},
		"a schedule of stops has only stops":          {onlyStops, long, "2026-11-27T09:00:00Z", "2026-11-26T18:00:00Z", v1alpha1.Stopped},
		"once a week is found a week later":           {one, long, "2026-12-06T01:59:00Z", "2026-11-29T02:00:00Z", v1alpha1.Stopped},
		"what came before does not count":             {nightly(), "2026-11-27T06:00:00Z", "2026-11-27T09:00:00Z", "", ""},
		"of both at once it is the start":             {both, long, "2026-11-27T20:00:00Z", "2026-11-27T18:00:00Z", v1alpha1.Running},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, state, found := plan(t, c.spec).Latest(at(t, c.after), at(t, c.until))
			if found != (c.want != "") || found && (!got.Equal(at(t, c.want)) || state != c.state) {
				t.Errorf("got %s at %s (%v)", state, got.UTC(), found)
			}
		})
	}
}

func TestASchedulesOwnTimesAreTheOnlyOnes(t *testing.T) {
	p := plan(t, v1alpha1.PowerScheduleSpec{UTCOffset: "+01:00", Stop: nightly().Stop})
	if next, found := p.Next(v1alpha1.Running, at(t, "2026-11-27T09:00:00Z")); found {
		t.Errorf("it starts at %s", next)
	}
	if next, found := p.After(at(t, "2026-11-27T09:00:00Z")); !found || !next.Equal(at(t, "2026-11-27T18:00:00Z")) {
		t.Errorf("next is %s", next)
	}
	if next, found := (Plan{}).After(at(t, "2026-11-27T09:00:00Z")); found {
		t.Errorf("an empty plan has %s", next)
	}
}

func TestASchedulesFaultsAreReturned(t *testing.T) {
	for _, spec := range []v1alpha1.PowerScheduleSpec{
		{TimeZone: "Europe/Nowhere"}, {UTCOffset: "1"}, {UTCOffset: "+00:00", Stop: []v1alpha1.PowerTime{{Time: "25:00"}}},
	} {
		if _, err := Of(spec); err == nil {
			t.Errorf("%+v is a plan", spec)
		}
	}
}
