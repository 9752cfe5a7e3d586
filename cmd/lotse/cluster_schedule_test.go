package main

import (
	"strings"
	"testing"
)

func TestDayNames(t *testing.T) {
	for list, want := range map[string]string{
		"Mon-Fri": "Monday Tuesday Wednesday Thursday Friday", "sat,Sunday": "Sunday Saturday", "Fri-Mon": "Sunday Monday Friday Saturday",
		"daily": "Sunday Monday Tuesday Wednesday Thursday Friday Saturday", "Wed-Wed": "Wednesday", "Mon,Mon-Tue": "Monday Tuesday",
		"": "-", "Mo": "-", "Mon-": "-", "Montag": "-", "Mon-Xyz": "-", "Mondays": "-", ",": "-",
	} {
		days, err := dayNames(list)
		got := strings.Join(days, " ")
		if err != nil {
			got = "-"
		}
		if got != want {
			t.Errorf("%q: got %q, %v; want %q", list, got, err, want)
		}
	}
}
