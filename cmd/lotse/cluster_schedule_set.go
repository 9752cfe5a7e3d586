package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/schedule"
)

func newClusterScheduleSetCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "set -g GROUP -n NAME", Short: "Stop and start a cluster by itself, on days of each week", Args: cobra.NoArgs,
		Long: "Stop and start a cluster by itself. The schedule replaces the one before. A time counts from when the schedule was set; a person's own\n" +
			"stop or start counts until the schedule's next time. A time that could not be followed for six hours is missed.",
		Example: "  lotse cluster schedule set -g demo -n demo --time-zone Europe/Berlin --stop \"Mon-Fri 19:00\" --start \"Mon-Fri 07:00\"",
	}
	sc, f := clusterScope(cmd, s), cmd.Flags()
	stops := f.StringArray("stop", nil, "days and time of a stop, such as \"Mon-Fri 19:00\" or \"daily 19:00\"")
	starts := f.StringArray("start", nil, "days and time of a start, such as \"Mon,Wed 07:00\"")
	zone := f.String("time-zone", "", "time zone such as Europe/Berlin")
	offset := f.String("utc-offset", "", "offset from UTC such as +01:00, instead of a time zone")
	enabled := f.Bool("enabled", true, "whether it stops and starts the cluster")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		properties := map[string]any{"enabled": *enabled, "timeZone": *zone, "utcOffset": *offset}
		for name, texts := range map[string][]string{"stop": *stops, "start": *starts} {
			times, err := powerTimes(texts)
			if err != nil {
				return usage(fmt.Errorf("--%s: %w", name, err))
			}
			properties[name] = times
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := c.Put(cmd.Context(), c.PowerSchedulePath(sc.group, sc.name), map[string]any{"properties": properties})
		if err != nil {
			return err
		}
		return powerSchedules.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

// powerTime is a time of day on some days, as the front door reads it.
type powerTime struct {
	Days []string `json:"daysOfWeek"`
	Time string   `json:"time"`
}

func powerTimes(texts []string) ([]powerTime, error) {
	all := []powerTime{}
	for _, text := range texts {
		days, at, found := strings.Cut(strings.TrimSpace(text), " ")
		if !found {
			return nil, fmt.Errorf("'%s' is not days and a time such as \"Mon-Fri 19:00\"", text)
		}
		named, err := dayNames(days)
		if err != nil {
			return nil, err
		}
		all = append(all, powerTime{named, strings.TrimSpace(at)})
	}
	return all, nil
}

// dayNames of a list such as Mon-Fri, Sat,Sun or daily. A range may pass the end of the week. Each day is named once.
func dayNames(list string) ([]string, error) {
	if strings.EqualFold(list, "daily") {
		return schedule.DayNames, nil
	}
	var found schedule.Weekdays
	for _, part := range strings.Split(list, ",") {
		from, to, ranged := strings.Cut(part, "-")
		first, last := dayIndex(from), dayIndex(to)
		if !ranged {
			last = first
		}
		if first < 0 || last < 0 {
			return nil, errors.New("'" + part + "' is not a day or a range of days such as Mon or Mon-Fri")
		}
		for day := first; ; day = (day + 1) % len(schedule.DayNames) {
			found |= schedule.Named(schedule.DayNames[day])
			if day == last {
				break
			}
		}
	}
	return found.Names(), nil
}

// dayIndex of a day's name or of its first letters, three at least; -1 if it is none.
func dayIndex(name string) int {
	return slices.IndexFunc(schedule.DayNames, func(day string) bool {
		return len(name) >= 3 && len(name) <= len(day) && strings.EqualFold(day[:len(name)], name)
	})
}
