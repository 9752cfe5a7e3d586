package release

import (
	"strings"
	"testing"
	"time"
)

func TestStateOf(t *testing.T) {
	for sentence, c := range map[string]struct {
		version string
		at      time.Time
		want    State
	}{
		"before its release a minor is a preview":                 {"1.36.0", day(2026, time.April, 21), Preview},
		"it is supported from the day of its release":             {"1.36.0", day(2026, time.April, 22), Supported},
		"until the day before maintenance begins":                 {"1.36.3", day(2027, time.April, 27), Supported},
		"then it is deprecated":                                   {"1.36.3", day(2027, time.April, 28), Deprecated},
		"until the last moment before its end":                    {"1.36.3", day(2027, time.June, 28).Add(-time.Second), Deprecated},
		"then it has expired":                                     {"1.36.3", day(2027, time.June, 28), Expired},
		"for good":                                                {"1.36.3", day(2040, time.January, 1), Expired},
		"a minor that the calendar lacks is supported throughout": {"1.99.0", day(2040, time.January, 1), Supported},
		"an alias has the state of its minor":                     {"1.34", today, Expired},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := StateOf(version(t, c.version), c.at); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheCalendarIsInOrder(t *testing.T) {
	for minor := range calendar {
		phases := Lifecycle(version(t, minor))
		if len(phases) != 4 {
			t.Fatalf("%s has the phases %v", minor, phases)
		}
		for i := range phases[1:] {
			if !phases[i+1].From.After(phases[i].From) {
				t.Errorf("%s is %s from %s, and %s before it", minor, phases[i+1].State, phases[i+1].From, phases[i].State)
			}
		}
	}
}

func TestPlanOf(t *testing.T) {
	installed := catalogue("1.32.9", "1.33.9", "1.34.4", "1.35.4", "1.36.3", "1.37.2")
	for sentence, c := range map[string]struct {
		in      Catalogue
		version string
		want    Plan
	}{
		"the newest minor":                                       {installed, "1.37.2", Official},
		"the second after it":                                    {installed, "1.35.4", Official},
		"the third has platform support":                         {installed, "1.34.4", PlatformOnly},
		"the fourth has none":                                    {installed, "1.33.9", Unsupported},
		"another major has none":                                 {installed, "0.37.2", Unsupported},
		"minors are counted, whether or not all are there":       {catalogue("1.34.4", "1.37.2"), "1.34.4", PlatformOnly},
		"a preview pushes none out of the window":                {catalogueAt(day(2026, time.August, 1), "1.34.4", "1.36.3", "1.37.0"), "1.34.4", Official},
		"a preview can be created":                               {catalogueAt(day(2026, time.August, 1), "1.36.3", "1.37.0"), "1.37.0", Official},
		"of previews alone the newest counts":                    {catalogueAt(day(2020, time.January, 1), "1.34.4", "1.37.0"), "1.34.4", PlatformOnly},
		"a version that is not there is in the window or is not": {installed, "1.36.9", Official},
		"without releases nothing is out of the window":          {catalogue(), "1.20.0", Official},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := c.in.PlanOf(version(t, c.version)); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestDefaultByDate(t *testing.T) {
	all := []string{"1.35.4", "1.36.3", "1.37.2"}
	for sentence, c := range map[string]struct {
		at   time.Time
		have []string
		want string
	}{
		"the newest minor but one":                             {today, all, "1.36.3"},
		"a preview is not counted":                             {day(2026, time.August, 1), all, "1.35.4"},
		"nor is one that has expired":                          {day(2027, time.July, 1), all, "1.37.2"},
		"one that is deprecated is":                            {day(2027, time.May, 1), all, "1.36.3"},
		"when all have expired it is the newest but one again": {day(2030, time.January, 1), all, "1.36.3"},
		"of previews alone it is the newest but one":           {day(2020, time.January, 1), all, "1.36.3"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := catalogueAt(c.at, c.have...).Default()
			if err != nil || got.String() != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestResolveUpgrade(t *testing.T) {
	installed := []string{"1.34.4", "1.35.4", "1.36.1", "1.36.3", "1.37.2"}
	for sentence, c := range map[string]struct{ from, requested, want, refusal string }{
		"a newer patch": {"1.36.1", "1.36.3", "1.36.3", ""},
		"the next minor's alias is its newest patch":    {"1.35.4", "1.36", "1.36.3", ""},
		"a version out of the window on the way back":   {"1.33.9", "1.34.4", "1.34.4", ""},
		"a skipped minor is refused with what there is": {"1.35.4", "1.37.2", "", "one minor at a time; upgrades of 1.35.4 are 1.36.1, 1.36.3"},
		"so is an alias that skips one":                 {"1.35.4", "1.37", "", "one minor at a time"},
		"a downgrade is refused":                        {"1.36.3", "1.36.1", "", "never goes back; upgrades of 1.36.3 are 1.37.2"},
		"the newest has no upgrades":                    {"1.37.2", "1.36.3", "", "upgrades of 1.37.2 are none"},
		"a version that is not installed is refused":    {"1.37.2", "1.38", "", "version 1.38 is not installed here"},
		"so is a patch":                                 {"1.36.3", "1.37.9", "", "not installed here; upgrades of 1.36.3 are 1.37.2"},
		"what is no version is refused":                 {"1.36.3", "latest", "", "not a Kubernetes version"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := catalogue(installed...).ResolveUpgrade(c.requested, version(t, c.from))
			refused(t, err, c.refusal)
			if err == nil && got.String() != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestARefusalSaysWhatPlatformSupportIs(t *testing.T) {
	_, err := catalogue("1.34.4", "1.35.4", "1.37.2").Resolve("1.34")
	if err == nil || !strings.Contains(err.Error(), "1.34.4 has platform support only") || !strings.Contains(err.Error(), "available are 1.37.2, 1.35.4") {
		t.Errorf("got %v", err)
	}
}
