package client

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// MaintenancesPath lists a cluster's maintenance configurations.
func (c *Client) MaintenancesPath(group, cluster string) string {
	return c.ClusterPath(group, cluster) + "/maintenanceConfigurations"
}

// MaintenancePath is one maintenance configuration.
func (c *Client) MaintenancePath(group, cluster, name string) string {
	return c.MaintenancesPath(group, cluster) + "/" + url.PathEscape(name)
}

// Maintenance is a view of a maintenance configuration.
type Maintenance struct {
	Name       string `json:"name"`
	Properties struct {
		TimeInWeek []struct {
			Day       string `json:"day"`
			HourSlots []int  `json:"hourSlots"`
		} `json:"timeInWeek"`
		MaintenanceWindow *struct {
			Schedule      map[string]map[string]any `json:"schedule"`
			DurationHours int                       `json:"durationHours"`
			UTCOffset     string                    `json:"utcOffset"`
			StartTime     string                    `json:"startTime"`
		} `json:"maintenanceWindow"`
		LotseProfile struct {
			TimeZone string `json:"timeZone"`
			Open     bool   `json:"open"`
			Reason   string `json:"reason"`
			Next     struct {
				Start *time.Time `json:"start"`
				End   *time.Time `json:"end"`
			} `json:"next"`
		} `json:"lotseProfile"`
	} `json:"properties"`
}

// Schedule of the configuration in words.
func (m Maintenance) Schedule() string {
	var parts []string
	for _, t := range m.Properties.TimeInWeek {
		parts = append(parts, fmt.Sprintf("%s at %s UTC", t.Day, strings.Trim(fmt.Sprint(t.HourSlots), "[]")))
	}
	w := m.Properties.MaintenanceWindow
	if w == nil {
		return strings.Join(parts, ", ")
	}
	zone := cmp.Or(m.Properties.LotseProfile.TimeZone, "UTC"+w.UTCOffset)
	for _, s := range w.Schedule {
		parts = append(parts, fmt.Sprintf("%s at %s %s for %d h", recurrence(s), w.StartTime, zone, w.DurationHours))
	}
	return strings.Join(parts, ", ")
}

// recurrence in words, whichever of the four it is.
func recurrence(s map[string]any) string {
	every := func(interval, unit string) string {
		if n := fmt.Sprint(s[interval]); n != "1" {
			return fmt.Sprintf("every %s %ss", n, unit)
		}
		return "every " + unit
	}
	switch {
	case s["intervalDays"] != nil:
		return every("intervalDays", "day")
	case s["intervalWeeks"] != nil:
		return fmt.Sprintf("%s on %v", every("intervalWeeks", "week"), s["dayOfWeek"])
	case s["dayOfMonth"] != nil:
		return fmt.Sprintf("%s on day %v", every("intervalMonths", "month"), s["dayOfMonth"])
	}
	return fmt.Sprintf("%s on the %v %v", every("intervalMonths", "month"), strings.ToLower(fmt.Sprint(s["weekIndex"])), s["dayOfWeek"])
}
