package release

import "time"

// life of a minor upstream.
type life struct {
	released time.Time
	// maintenance is from when on upstream fixes critical bugs only.
	maintenance time.Time
	endOfLife   time.Time
}

// calendar of upstream's minors, from the page of each at https://kubernetes.io/releases/, such as https://kubernetes.io/releases/1.37/; the dates of
// release are also those of the tags. A minor that is not in it is supported as long as it is in the window.
var calendar = map[string]life{
	"1.34": {day(2025, time.August, 27), day(2026, time.August, 27), day(2026, time.October, 27)},
	"1.35": {day(2025, time.December, 17), day(2026, time.December, 28), day(2027, time.February, 28)},
	"1.36": {day(2026, time.April, 22), day(2027, time.April, 28), day(2027, time.June, 28)},
	"1.37": {day(2026, time.August, 26), day(2027, time.August, 28), day(2027, time.October, 28)},
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
