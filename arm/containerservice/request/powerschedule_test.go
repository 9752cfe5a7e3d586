package request

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/fault"
)

func powerSchedule(t *testing.T, present v1alpha1.PowerScheduleSpec, at time.Time, properties string) (v1alpha1.PowerScheduleSpec, error) {
	t.Helper()
	o, err := body.Parse([]byte(`{"properties":{`+properties+`}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return DecodePowerSchedule(o, present, at)
}

func TestRefusedPowerSchedules(t *testing.T) {
	const evening = `{"daysOfWeek":["Monday"],"time":"19:00"}`
	stops := func(times string) string { return `"utcOffset":"+01:00","stop":[` + times + `]` }
	for sentence, c := range map[string]struct{ properties, target string }{
		"a schedule has a time":                  {`"utcOffset":"+01:00"`, "properties.stop"},
		"a zone is required":                     {`"stop":[` + evening + `]`, "properties.timeZone"},
		"there is one zone":                      {`"timeZone":"Europe/Berlin",` + stops(evening), "properties.timeZone"},
		"a zone exists":                          {`"timeZone":"Berlin","stop":[` + evening + `]`, "properties.timeZone"},
		"an offset has its form":                 {`"utcOffset":"1","stop":[` + evening + `]`, "properties.utcOffset"},
		"a time has days":                        {stops(`{"time":"19:00"}`), "properties.stop[0].daysOfWeek"},
		"each once":                              {stops(`{"daysOfWeek":["Monday","Monday"],"time":"19:00"}`), "properties.stop[0].daysOfWeek"},
		"by their names":                         {stops(`{"daysOfWeek":["Mon"],"time":"19:00"}`), "properties.stop[0].daysOfWeek"},
		"and a time of day":                      {stops(`{"daysOfWeek":["Monday"]}`), "properties.stop[0].time"},
		"a stop is there once":                   {stops(evening + `,` + evening), "properties.stop[1].time"},
		"a stop and a start are not at once":     {stops(evening) + `,"start":[` + evening + `]`, "properties.start[0].time"},
		"enabled is true or false":               {stops(evening) + `,"enabled":"yes"`, "properties.enabled"},
		"an unknown property is refused by name": {stops(evening) + `,"cron":"0 19 * * 1"`, "properties.cron"},
		"and one of a time is, too":              {stops(`{"daysOfWeek":["Monday"],"time":"19:00","zone":"UTC"}`), "properties.stop[0].zone"},
		"a list of lists of days does not go on": {stops(strings.TrimSuffix(strings.Repeat(`{"daysOfWeek":[],"time":"19:00"},`, 21), ",")), "properties.stop[0].daysOfWeek"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := powerSchedule(t, v1alpha1.PowerScheduleSpec{}, now, c.properties)
			if err == nil {
				t.Fatal("it was taken")
			}
			if e := fault.Of(err); e.Target != c.target || e.Kind != fault.InvalidParameter {
				t.Errorf("got %v at %s", err, e.Target)
			}
		})
	}
}

func TestTakenPowerSchedules(t *testing.T) {
	const properties = `"timeZone":"Europe/Berlin","stop":[{"daysOfWeek":["Friday","Monday"],"time":"19:00"}],"nextStop":"x","last":{"at":"y"}`
	first, err := powerSchedule(t, v1alpha1.PowerScheduleSpec{Cluster: "c"}, now, properties)
	if err != nil || first.Cluster != "c" || first.Disabled || fmt.Sprint(first.Stop) != "[{[Monday Friday] 19:00}]" || !first.WrittenAt.Time.Equal(now) {
		t.Errorf("got %+v, %v", first, err)
	}
	same, err := powerSchedule(t, first, now.Add(time.Hour), properties)
	if err != nil || !same.WrittenAt.Time.Equal(now) {
		t.Errorf("the same schedule was written at %s, %v", same.WrittenAt, err)
	}
	other, err := powerSchedule(t, first, now.Add(time.Hour), properties+`,"enabled":false`)
	if err != nil || !other.WrittenAt.Time.Equal(now.Add(time.Hour)) || !other.Disabled {
		t.Errorf("another schedule is %+v, %v", other, err)
	}
}
