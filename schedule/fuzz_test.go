package schedule

import (
	"testing"
	"time"
)

// zones with every sort of change that there is: of an hour, of two, of half an hour, at midnight, of a whole day, by the lunar calendar, none.
var zones = []string{
	"UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Santiago", "Australia/Lord_Howe", "Antarctica/Troll",
	"Pacific/Apia", "Pacific/Kiritimati", "Asia/Kathmandu", "Asia/Tehran", "Africa/Casablanca", "Africa/Cairo", "Europe/Dublin", "Asia/Gaza",
}

// Years in which the offsets of all these zones are whole minutes.
const firstYear, lastYear = 1973, 2120

// FuzzNext compares the next time of a rule with what a search through days and minutes finds.
func FuzzNext(f *testing.F) {
	f.Add(uint8(1), uint8(0), uint8(1), uint8(0), uint16(150), uint32(18000), uint32(1_800_000_000))
	f.Add(uint8(7), uint8(1), uint8(2), uint8(0x41), uint16(720), uint32(15000), uint32(1_325_150_000))
	f.Add(uint8(5), uint8(2), uint8(6), uint8(31), uint16(1439), uint32(19000), uint32(1_700_000_000))
	f.Add(uint8(12), uint8(3), uint8(3), uint8(44), uint16(0), uint32(20000), uint32(1_770_000_000))
	f.Fuzz(func(t *testing.T, zoneIndex, kind, interval, detail uint8, minutes uint16, from, at uint32) {
		r := Rule{
			From: Date(from % 40_000), Time: TimeOfDay(minutes % (24 * 60)), Zone: zone(t, zones[int(zoneIndex)%len(zones)]),
			Recurrence: recurrenceOf(kind, interval, detail),
		}
		after := time.Unix(int64(at), 0).UTC()
		if from := r.From.utc(); from.Year() < firstYear || from.Year() > lastYear || after.Year() < firstYear {
			t.Skip()
		}
		got, ok := r.Next(after)
		if !ok {
			t.Fatalf("%+v has none after %s", r, after)
		}
		if want := searched(t, r, after); !got.Equal(want) {
			t.Fatalf("%+v in %s: after %s comes %s, want %s", r, r.Zone, after, got, want.In(r.Zone))
		}
		if latest, found := r.Latest(after, got); !found || !latest.Equal(got) {
			t.Errorf("the latest until then is %s, %v", latest, found)
		}
	})
}

// FuzzCalendar checks what a calendar answers against its definition, around the answer.
func FuzzCalendar(f *testing.F) {
	f.Add(uint8(1), uint8(0), uint8(1), uint8(0), uint16(150), uint8(4), uint32(1_800_000_000), uint16(3), uint16(2))
	f.Add(uint8(4), uint8(1), uint8(3), uint8(5), uint16(1320), uint8(24), uint32(1_800_000_000), uint16(0), uint16(400))
	f.Fuzz(func(t *testing.T, zoneIndex, kind, interval, detail uint8, minutes uint16, hours uint8, at uint32, day, days uint16) {
		z, now := zone(t, zones[int(zoneIndex)%len(zones)]), time.Unix(int64(at), 0).UTC()
		if now.Year() < firstYear {
			t.Skip()
		}
		w := Window{Rule{recurrenceOf(kind, interval, detail), DateIn(now, z) - 100, TimeOfDay(minutes % (24 * 60)), z}, time.Duration(1+hours%24) * time.Hour}
		begins := DateIn(now, z) + Date(day%60)
		c := Calendar{[]Window{w}, []Span{Dates(begins, begins+Date(days%1000), z)}}
		got, ok := c.Next(now)
		if !ok || !got.End.After(now) || !got.Start.Before(got.End) || got.End.Sub(got.Start) > w.Duration {
			t.Fatalf("at %s it is %+v, %v", now, got, ok)
		}
		for _, inside := range []time.Time{got.Start, got.End.Add(-time.Second)} {
			if _, excluded := c.ExcludedUntil(inside); excluded || !open(w, inside) {
				t.Errorf("%s is in the answer %+v, and nothing may begin then", inside, got)
			}
		}
		begin := got.Start
		if begin.Before(now) {
			begin = now
		}
		for moment := now; moment.Before(begin) && moment.Before(now.Add(50*24*time.Hour)); moment = moment.Add(47 * time.Minute) {
			if _, excluded := c.ExcludedUntil(moment); !excluded && open(w, moment) {
				t.Fatalf("at %s the answer is %s, and something may begin at %s", now, got.Start, moment)
			}
		}
	})
}

// open reports whether a moment is in a window, by the windows that began shortly before it.
func open(w Window, moment time.Time) bool {
	start, ok := w.Next(moment.Add(-w.Duration))
	return ok && !start.After(moment)
}

func recurrenceOf(kind, interval, detail uint8) Recurrence {
	n := 1 + int(interval%7)
	switch kind % 4 {
	case 0:
		return Daily{n}
	case 1:
		return Weekly{n, Weekdays(1 + detail%127)}
	case 2:
		return AbsoluteMonthly{n, 1 + int(detail%31)}
	}
	return RelativeMonthly{n, First + Week(detail%5), time.Weekday(detail / 5 % 7)}
}

// searched is the first time of a rule after an instant, by looking at each day.
func searched(t *testing.T, r Rule, after time.Time) time.Time {
	first := max(r.From, DateIn(after, r.Zone)-2)
	for d := first; d < first+2000; d++ {
		if !has(r, d) {
			continue
		}
		if found := shownAt(t, d, r.Time, r.Zone); found.After(after) {
			return found
		}
	}
	t.Fatalf("%+v has no day after %s", r, after)
	return time.Time{}
}

// has reports whether a rule has a date, by counting from its first one.
func has(r Rule, d Date) bool {
	switch rec := r.Recurrence.(type) {
	case Daily:
		return int(d-r.From)%rec.Days == 0
	case Weekly:
		return rec.On.Has(d.Weekday()) && int(d-r.From)/7%rec.Weeks == 0
	case AbsoluteMonthly:
		return counted(r.From, d, rec.Months, func(d Date) bool {
			return d.utc().Day() == rec.Day || d.utc().Day() < rec.Day && (d+1).utc().Day() == 1
		})
	case RelativeMonthly:
		return counted(r.From, d, rec.Months, func(d Date) bool {
			nth := (d.utc().Day()-1)/7 + 1
			last := (d + 7).utc().Month() != d.utc().Month()
			return d.Weekday() == rec.Weekday && (rec.Week == Last && last || rec.Week != Last && nth == int(rec.Week))
		})
	}
	return false
}

// counted reports whether a date is one of each so many that fulfil a condition.
func counted(from, d Date, interval int, fulfils func(Date) bool) bool {
	if !fulfils(d) {
		return false
	}
	for from < d && !fulfils(from) {
		from++
	}
	return int(d.month()-from.month())%interval == 0
}

// shownAt is the first instant at which clocks show a time on a date, by looking at each minute; if there is none, the one by the offset before.
func shownAt(t *testing.T, d Date, tod TimeOfDay, z *time.Location) time.Time {
	wall := d.utc().Add(time.Duration(tod) * time.Minute)
	skipped := time.Time{}
	for m := wall.Add(-15 * time.Hour); m.Before(wall.Add(15 * time.Hour)); m = m.Add(time.Minute) {
		shown := clock(m.In(z))
		if shown.Equal(wall) {
			return m
		}
		if shown.Before(wall) && clock(m.Add(time.Minute).In(z)).After(wall) {
			_, before := m.In(z).Zone()
			skipped = ago(wall, before)
		}
	}
	if skipped.IsZero() {
		t.Fatalf("clocks in %s neither show %s %s nor skip it", z, d, tod)
	}
	return skipped
}
