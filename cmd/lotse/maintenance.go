package main

import (
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

func newMaintenanceCommand(s *session) *cobra.Command {
	return noun("maintenance", "When something may begin by itself in a cluster",
		newMaintenanceSetCommand(s), newMaintenanceListCommand(s), newMaintenanceShowCommand(s), newMaintenanceDeleteCommand(s))
}

var maintenances = table[client.Maintenance]{
	columns: []string{"NAME", "SCHEDULE", "OPEN", "FROM", "UNTIL"},
	row: func(m client.Maintenance) []string {
		p := m.Properties.LotseProfile
		open := "no"
		if p.Open {
			open = "yes"
		}
		return []string{m.Name, m.Schedule(), open, moment(p.Next.Start), moment(p.Next.End)}
	},
}

// moment that is yet to come or has passed, in UTC; empty if there is none.
func moment(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// maintenanceScope names a maintenance configuration by -g, --cluster-name and -n.
func maintenanceScope(cmd *cobra.Command, s *session) *scope {
	sc := &scope{}
	sc.addGroup(cmd, s)
	sc.addCluster(cmd, s)
	sc.addName(cmd, "configuration", func(*cobra.Command) ([]string, error) { return v1alpha1.MaintenanceNames, nil })
	return sc
}
