package schedule

import (
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := ParseZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func date(t testing.TB, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func instant(t testing.TB, s string) time.Time {
	t.Helper()
	i, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func rule(t testing.TB, r Recurrence, from, at, in string) Rule {
	t.Helper()
	tod, err := ParseTimeOfDay(at)
	if err != nil {
		t.Fatal(err)
	}
	return Rule{Recurrence: r, From: date(t, from), Time: tod, Zone: zone(t, in)}
}

func TestNext(t *testing.T) {
	every, sunday := Daily{1}, Weekly{1, On(time.Sunday)}
	for sentence, c := range map[string]struct {
		recurrence     Recurrence
		from, at, zone string
		after          string
		want           []string
	}{
		"a daily rule begins on its first date": {every, "2026-12-01", "02:00", "UTC", "2026-11-27T09:00:00Z",
			[]string{"2026-12-01T02:00:00Z", "2026-12-02T02:00:00Z"}},
		"the time itself is not after itself": {every, "2026-11-01", "02:00", "UTC", "2026-11-27T02:00:00Z", []string{"2026-11-28T02:00:00Z"}},
		"days count from the first date": {Daily{3}, "2026-11-01", "02:00", "UTC", "2026-11-27T09:00:00Z",
			[]string{"2026-11-28T02:00:00Z", "2026-12-01T02:00:00Z"}},
		"the date is the zone's, not UTC's": {every, "2026-12-01", "02:00", "Pacific/Auckland", "2026-11-27T09:00:00Z", []string{"2026-11-30T13:00:00Z"}},
		"weeks count from the first such day, as in AKS": {Weekly{2, On(time.Sunday)}, "2026-04-14", "02:00", "UTC", "2026-04-14T00:00:00Z",
			[]string{"2026-04-19T02:00:00Z", "2026-05-03T02:00:00Z"}},
		"a week with several days has each of them once": {Weekly{2, On(time.Monday, time.Friday)}, "2026-11-25", "19:00", "UTC", "2026-11-25T00:00:00Z",
			[]string{"2026-11-27T19:00:00Z", "2026-11-30T19:00:00Z", "2026-12-11T19:00:00Z", "2026-12-14T19:00:00Z"}},
		"day 31 is the last day of shorter months": {AbsoluteMonthly{1, 31}, "2027-01-15", "02:00", "UTC", "2027-01-15T00:00:00Z",
			[]string{"2027-01-31T02:00:00Z", "2027-02-28T02:00:00Z", "2027-03-31T02:00:00Z", "2027-04-30T02:00:00Z"}},
		"day 29 of February is there in leap years": {AbsoluteMonthly{6, 29}, "2027-02-01", "02:00", "UTC", "2027-02-01T00:00:00Z",
			[]string{"2027-02-28T02:00:00Z", "2027-08-29T02:00:00Z", "2028-02-29T02:00:00Z"}},
		"2100 is no leap year": {AbsoluteMonthly{1, 30}, "2100-02-01", "02:00", "UTC", "2100-02-01T00:00:00Z", []string{"2100-02-28T02:00:00Z"}},
		"months count from the first month whose day is still to come": {AbsoluteMonthly{2, 10}, "2027-01-20", "02:00", "UTC", "2027-01-01T00:00:00Z",
			[]string{"2027-02-10T02:00:00Z", "2027-04-10T02:00:00Z"}},
		"the second Tuesday": {RelativeMonthly{1, Second, time.Tuesday}, "2026-11-01", "02:00", "UTC", "2026-11-01T00:00:00Z",
			[]string{"2026-11-10T02:00:00Z", "2026-12-08T02:00:00Z"}},
		"the first weekday may be the first of the month": {RelativeMonthly{1, First, time.Friday}, "2027-01-01", "02:00", "UTC", "2027-01-01T00:00:00Z",
			[]string{"2027-01-01T02:00:00Z", "2027-02-05T02:00:00Z"}},
		"the last Monday may be the fourth or the fifth": {RelativeMonthly{1, Last, time.Monday}, "2026-11-01", "02:00", "UTC", "2026-11-01T00:00:00Z",
			[]string{"2026-11-30T02:00:00Z", "2026-12-28T02:00:00Z"}},
		"the last Thursday of a leap February is the 29th": {RelativeMonthly{3, Last, time.Thursday}, "2024-02-01", "02:00", "UTC", "2024-02-01T00:00:00Z",
			[]string{"2024-02-29T02:00:00Z", "2024-05-30T02:00:00Z"}},
		"clocks go forward: a time that is skipped comes by the offset before": {sunday, "2027-03-01", "02:30", "Europe/Berlin", "2027-03-21T12:00:00Z",
			[]string{"2027-03-28T01:30:00Z", "2027-04-04T00:30:00Z"}},
		"clocks go back: a time that comes twice is its first": {sunday, "2026-10-01", "02:30", "Europe/Berlin", "2026-10-18T12:00:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-11-01T01:30:00Z"}},
		"also in America": {sunday, "2026-11-01", "01:30", "America/New_York", "2026-11-01T00:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-08T06:30:00Z"}},
		"a change of half an hour": {every, "2026-10-01", "02:15", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-03T15:45:00Z", "2026-10-04T15:15:00Z"}},
		"midnight that is skipped comes an hour later, and the date has passed": {every, "2026-04-01", "00:00", "Africa/Cairo", "2026-04-22T23:00:00Z",
			[]string{"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"}},
		"a whole day that is skipped comes with the next one, once": {every, "2011-12-01", "12:00", "Pacific/Apia", "2011-12-29T12:00:00Z",
			[]string{"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z", "2011-12-31T22:00:00Z"}},
		"after year 9998 there is none":                {every, "9998-12-31", "02:00", "UTC", "9998-12-30T00:00:00Z", []string{"9998-12-31T02:00:00Z", ""}},
		"a rule without weekdays has none":             {Weekly{1, 0}, "2026-11-01", "02:00", "UTC", "2026-11-01T00:00:00Z", []string{""}},
		"a rule without an interval has none":          {Daily{}, "2026-11-01", "02:00", "UTC", "2026-11-01T00:00:00Z", []string{""}},
		"a month's rule without an interval has none":  {AbsoluteMonthly{0, 1}, "2026-11-01", "02:00", "UTC", "2026-11-01T00:00:00Z", []string{""}},
		"a month's rule without a day has none":        {AbsoluteMonthly{1, 0}, "2026-11-01", "02:00", "UTC", "2026-11-01T00:00:00Z", []string{""}},
		"a month's rule without a week of it has none": {RelativeMonthly{1, 0, time.Monday}, "2026-11-01", "02:00", "UTC", "2026-11-01T00:00:00Z", []string{""}},
	} {
		t.Run(sentence, func(t *testing.T) {
			r, after := rule(t, c.recurrence, c.from, c.at, c.zone), instant(t, c.after)
			for _, want := range c.want {
				got, ok := r.Next(after)
				if ok != (want != "") || ok && got.UTC().Format(time.RFC3339) != want {
					t.Fatalf("after %s comes %s (%v), want %q", after.UTC(), got.UTC().Format(time.RFC3339), ok, want)
				}
				after = got
			}
		})
	}
}

func TestLatest(t *testing.T) {
	r := rule(t, Weekly{1, On(time.Monday, time.Friday)}, "2026-11-02", "19:00", "Europe/Berlin")
	for sentence, c := range map[string]struct{ after, until, want string }{
		"the last of several":      {"2026-11-02T00:00:00Z", "2026-11-28T00:00:00Z", "2026-11-27T18:00:00Z"},
		"the end counts":           {"2026-11-27T00:00:00Z", "2026-11-27T18:00:00Z", "2026-11-27T18:00:00Z"},
		"the beginning does not":   {"2026-11-27T18:00:00Z", "2026-11-28T00:00:00Z", ""},
		"none before the rule is":  {"2026-01-01T00:00:00Z", "2026-11-01T00:00:00Z", ""},
		"none if the end is first": {"2026-11-28T00:00:00Z", "2026-11-01T00:00:00Z", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, ok := r.Latest(instant(t, c.after), instant(t, c.until))
			if ok != (c.want != "") || ok && got.UTC().Format(time.RFC3339) != c.want {
				t.Errorf("got %s (%v)", got, ok)
			}
		})
	}
}

func TestCalendar(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	nights := Window{rule(t, Daily{1}, "2026-11-01", "22:00", "Europe/Berlin"), 4 * time.Hour}
	noon := Window{rule(t, Daily{1}, "2026-11-01", "12:00", "Europe/Berlin"), 4 * time.Hour}
	dates := func(from, until string) Span { return Dates(date(t, from), date(t, until), berlin) }
	for sentence, c := range map[string]struct {
		windows  []Window
		excluded []Span
		at, want string
	}{
		"before a window comes the whole of it":            {[]Window{nights}, nil, "2026-11-27T09:00:00Z", "2026-11-27T21:00:00Z 2026-11-28T01:00:00Z"},
		"in a window it is the window":                     {[]Window{nights}, nil, "2026-11-28T00:59:59Z", "2026-11-27T21:00:00Z 2026-11-28T01:00:00Z"},
		"at its start it is open":                          {[]Window{nights}, nil, "2026-11-27T21:00:00Z", "2026-11-27T21:00:00Z 2026-11-28T01:00:00Z"},
		"at its end it is over":                            {[]Window{nights}, nil, "2026-11-28T01:00:00Z", "2026-11-28T21:00:00Z 2026-11-29T01:00:00Z"},
		"of several windows it is the next":                {[]Window{nights, noon}, nil, "2026-11-27T09:00:00Z", "2026-11-27T11:00:00Z 2026-11-27T15:00:00Z"},
		"an excluded date is passed over until midnight":   {[]Window{nights}, []Span{dates("2026-11-27", "2026-11-27")}, "2026-11-27T09:00:00Z", "2026-11-27T23:00:00Z 2026-11-28T01:00:00Z"},
		"a window ends where an excluded date begins":      {[]Window{nights}, []Span{dates("2026-11-28", "2026-11-28")}, "2026-11-27T22:00:00Z", "2026-11-27T21:00:00Z 2026-11-27T23:00:00Z"},
		"excluded dates that meet are passed over at once": {[]Window{nights}, []Span{dates("2026-11-29", "2026-12-05"), dates("2026-11-27", "2026-11-28")}, "2026-11-27T09:00:00Z", "2026-12-05T23:00:00Z 2026-12-06T01:00:00Z"},
		"years of excluded dates are passed over":          {[]Window{nights}, []Span{dates("2026-11-01", "2126-12-31")}, "2026-11-27T09:00:00Z", "2126-12-31T23:00:00Z 2127-01-01T01:00:00Z"},
		"a window that is excluded altogether is skipped":  {[]Window{noon}, []Span{dates("2026-11-27", "2026-11-27")}, "2026-11-27T09:00:00Z", "2026-11-28T11:00:00Z 2026-11-28T15:00:00Z"},
		"an hour that is excluded splits a window": {[]Window{noon}, []Span{{instant(t, "2026-11-27T12:00:00Z"), instant(t, "2026-11-27T13:00:00Z")}},
			"2026-11-27T12:30:00Z", "2026-11-27T13:00:00Z 2026-11-27T15:00:00Z"},
		"a window over a change of clocks has all its hours": {[]Window{nights}, nil, "2027-03-27T20:00:00Z", "2027-03-27T21:00:00Z 2027-03-28T01:00:00Z"},
		"without windows there is none":                      {nil, nil, "2026-11-27T09:00:00Z", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, ok := Calendar{c.windows, c.excluded}.Next(instant(t, c.at))
			text := got.Start.UTC().Format(time.RFC3339) + " " + got.End.UTC().Format(time.RFC3339)
			if ok != (c.want != "") || ok && text != c.want {
				t.Errorf("got %s (%v), want %q", text, ok, c.want)
			}
		})
	}
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	for _, s := range []string{"", "2026-13-01", "2026-02-29", "26-11-27", "2026-11-27T00:00:00Z", "2026-1-1", "x"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q is date %s", s, d)
		}
	}
	for _, s := range []string{"", "24:00", "9:30", "09:60", "09:30:00", "-1:00", "ab:cd"} {
		if tod, err := ParseTimeOfDay(s); err == nil {
			t.Errorf("%q is time %s", s, tod)
		}
	}
	for _, s := range []string{"", "Z", "+5:30", "05:30", "+14:01", "-15:00", "+05:60", "+0530", "−05:00"} {
		if z, err := ParseOffset(s); err == nil {
			t.Errorf("%q is zone %s", s, z)
		}
	}
	for _, s := range []string{"", "Local", "local", "Europe/Nowhere", "../../etc/passwd", "/etc/localtime", "Europe/../UTC", "europe//berlin", "UTC ", "a/b/c/d"} {
		if z, err := ParseZone(s); err == nil {
			t.Errorf("%q is zone %s", s, z)
		}
	}
}

func TestWhatIsReadIsWrittenAlike(t *testing.T) {
	for _, s := range []string{"1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31", "0001-01-01"} {
		if got := date(t, s).String(); got != s {
			t.Errorf("%s became %s", s, got)
		}
	}
	for _, s := range []string{"+00:00", "-00:30", "+05:45", "-08:00", "+14:00"} {
		z, err := ParseOffset(s)
		if err != nil || instant(t, "2026-11-27T12:00:00Z").In(z).Format("-07:00") != s && s != "-00:30" {
			t.Errorf("%s became %v: %v", s, z, err)
		}
	}
	for _, s := range []string{"America/Argentina/Buenos_Aires", "Etc/GMT+5", "UTC", "America/Port-au-Prince"} {
		if zone(t, s).String() != s {
			t.Errorf("%s became another", s)
		}
	}
}
