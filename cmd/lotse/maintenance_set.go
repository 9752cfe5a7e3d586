package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/schedule"
)

func newMaintenanceSetCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "set -g GROUP --cluster-name CLUSTER -n NAME", Short: "Create or replace a maintenance configuration", Args: cobra.NoArgs,
		Long: "Create or replace a maintenance configuration. Give a schedule, or for configuration \"default\" a weekday and an hour (UTC).\n" +
			"Times of day are those of the time zone; a zone with a name follows its changes of clocks, an offset does not.",
		Example: "  lotse maintenance set -g demo --cluster-name demo -n aksManagedNodeOSUpgradeSchedule \\\n" +
			"    --schedule-type Weekly --day-of-week Sunday --start-time 01:00 --duration 4 --time-zone Europe/Berlin",
	}
	sc, want := maintenanceScope(cmd, s), &newWindow{}
	want.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		body, err := want.body()
		if err != nil {
			return usage(err)
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := c.Put(cmd.Context(), c.MaintenancePath(sc.group, sc.cluster, sc.name), body)
		if err != nil {
			return err
		}
		return maintenances.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

// newWindow is the maintenance configuration that flags ask for. Their names are those of az aks maintenanceconfiguration.
type newWindow struct {
	sort, dayOfWeek, weekIndex             string
	days, weeks, months, dayOfMonth        int
	duration, startHour                    int
	offset, zone, date, startTime, weekday string
	notAllowed                             []string
}

func (w *newWindow) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&w.sort, "schedule-type", "", strings.Join(scheduleTypes, ", "))
	completes(cmd, "schedule-type", func(*cobra.Command) ([]string, error) { return scheduleTypes, nil })
	f.IntVar(&w.days, "interval-days", 1, "days from one window to the next (Daily)")
	f.IntVar(&w.weeks, "interval-weeks", 1, "weeks from one window to the next (Weekly)")
	f.IntVar(&w.months, "interval-months", 1, "months from one window to the next (AbsoluteMonthly, RelativeMonthly)")
	f.StringVar(&w.dayOfWeek, "day-of-week", "", "weekday (Weekly, RelativeMonthly)")
	f.IntVar(&w.dayOfMonth, "day-of-month", 0, "day of the month, or its last one if it has fewer (AbsoluteMonthly)")
	f.StringVar(&w.weekIndex, "week-index", "", strings.Join(schedule.WeekNames, ", ")+" (RelativeMonthly)")
	f.IntVar(&w.duration, "duration", 4, "hours that a window lasts, 4 to 24")
	f.StringVar(&w.startTime, "start-time", "", "time of day such as 01:00")
	f.StringVar(&w.zone, "time-zone", "", "time zone such as Europe/Berlin")
	f.StringVar(&w.offset, "utc-offset", "", "offset from UTC such as +01:00, instead of a time zone")
	f.StringVar(&w.date, "start-date", "", "first possible date, if not today")
	f.StringSliceVar(&w.notAllowed, "not-allowed-dates", nil, "dates without windows, such as 2026-12-20/2027-01-03")
	f.StringVar(&w.weekday, "weekday", "", "weekday of one hour each week (default)")
	f.IntVar(&w.startHour, "start-hour", 0, "hour on that weekday, UTC (default)")
}

var scheduleTypes = []string{"Daily", "Weekly", "AbsoluteMonthly", "RelativeMonthly"}

// body is the request for a configuration.
func (w *newWindow) body() (map[string]any, error) {
	if w.weekday != "" {
		slot := map[string]any{"day": w.weekday, "hourSlots": []int{w.startHour}}
		return map[string]any{"properties": map[string]any{"timeInWeek": []any{slot}}}, nil
	}
	recurs, err := w.schedule()
	if err != nil {
		return nil, err
	}
	window := map[string]any{"schedule": recurs, "durationHours": w.duration, "startTime": w.startTime}
	properties := map[string]any{"maintenanceWindow": window}
	if w.zone != "" {
		properties["lotseProfile"] = map[string]any{"timeZone": w.zone}
	}
	for name, value := range map[string]string{"utcOffset": w.offset, "startDate": w.date} {
		if value != "" {
			window[name] = value
		}
	}
	var dates []any
	for _, d := range w.notAllowed {
		first, last, found := strings.Cut(d, "/")
		if !found {
			last = first
		}
		dates = append(dates, map[string]any{"start": first, "end": last})
	}
	if dates != nil {
		window["notAllowedDates"] = dates
	}
	return map[string]any{"properties": properties}, nil
}

func (w *newWindow) schedule() (map[string]any, error) {
	switch strings.ToLower(w.sort) {
	case "daily":
		return map[string]any{"daily": map[string]any{"intervalDays": w.days}}, nil
	case "weekly":
		return map[string]any{"weekly": map[string]any{"intervalWeeks": w.weeks, "dayOfWeek": w.dayOfWeek}}, nil
	case "absolutemonthly":
		return map[string]any{"absoluteMonthly": map[string]any{"intervalMonths": w.months, "dayOfMonth": w.dayOfMonth}}, nil
	case "relativemonthly":
		return map[string]any{"relativeMonthly": map[string]any{"intervalMonths": w.months, "weekIndex": w.weekIndex, "dayOfWeek": w.dayOfWeek}}, nil
	case "":
		return nil, errors.New("give --schedule-type, or --weekday and --start-hour")
	}
	return nil, fmt.Errorf("--schedule-type %s is none of %s", w.sort, strings.Join(scheduleTypes, ", "))
}
