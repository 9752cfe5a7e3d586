package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newClusterScheduleCommand(s *session) *cobra.Command {
	return noun("schedule", "When a cluster is stopped and started by itself",
		newClusterScheduleSetCommand(s), newClusterScheduleShowCommand(s), newClusterScheduleRemoveCommand(s))
}

var powerSchedules = table[client.PowerSchedule]{
	columns: []string{"ENABLED", "ZONE", "NEXT STOP", "NEXT START", "LAST", "RESULT", "MESSAGE"},
	row: func(p client.PowerSchedule) []string {
		enabled := "no"
		if p.Properties.Enabled {
			enabled = "yes"
		}
		last := p.Properties.Last
		if w := p.Properties.Waiting; w.At != nil {
			last, last.Result = w, "Waiting"
		}
		event := ""
		if last.At != nil {
			event = last.PowerState + " " + moment(last.At)
		}
		zone := cmp.Or(p.Properties.TimeZone, "UTC"+p.Properties.UTCOffset)
		return []string{enabled, zone, moment(p.Properties.NextStop), moment(p.Properties.NextStart), event, last.Result, last.Message}
	},
}
