package schedule

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// maxOffset of a zone from UTC, either way. The zones that exist have up to 14 hours.
const maxOffset = 14 * 60

var utcOffset = regexp.MustCompile(`^[+-]([01][0-9]):[0-5][0-9]$`)

// ParseOffset reads a zone without changes of clocks, such as +05:30.
func ParseOffset(s string) (*time.Location, error) {
	fail := fmt.Errorf("'%.20s' is not an offset from UTC such as +05:30 or -08:00, of 14 hours at most", s)
	if !utcOffset.MatchString(s) {
		return nil, fail
	}
	var hours, minutes int
	if _, err := fmt.Sscanf(s[1:], "%d:%d", &hours, &minutes); err != nil || 60*hours+minutes > maxOffset {
		return nil, fail
	}
	seconds := (60*hours + minutes) * 60
	if s[0] == '-' {
		seconds = -seconds
	}
	return time.FixedZone("UTC"+s, seconds), nil
}

// zoneName has the form of names in the zone database. Other text is never looked up: it could be a path.
var zoneName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$`)

// ParseZone finds a zone of the IANA database, such as Europe/Berlin. Names are as there, case included.
func ParseZone(name string) (*time.Location, error) {
	fail := fmt.Errorf("'%.60s' is not a time zone of the IANA database such as Europe/Berlin", name)
	if !zoneName.MatchString(name) || strings.EqualFold(name, "Local") {
		return nil, fail
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fail
	}
	return zone, nil
}

// Zone that is given by a name of the IANA database or, without one, by an offset from UTC.
func Zone(name, offset string) (*time.Location, error) {
	if name != "" {
		return ParseZone(name)
	}
	return ParseOffset(offset)
}
