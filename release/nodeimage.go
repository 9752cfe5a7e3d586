package release

import (
	"regexp"
	"time"
)

var imageDate = regexp.MustCompile(`-(\d{6}\.\d{1,2})\.\d+$`)

// ImageDate is the day whose packages a node image has, which its version ends in: year and month, day, and a number, as in
// LotseDebian-12-202611.23.0. It is false for a name of another form.
func ImageDate(version string) (time.Time, bool) {
	found := imageDate.FindStringSubmatch(version)
	if found == nil {
		return time.Time{}, false
	}
	day, err := time.Parse("200601.2", found[1])
	return day, err == nil
}
