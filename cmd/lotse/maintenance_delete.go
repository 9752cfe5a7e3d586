package main

import "github.com/spf13/cobra"

func newMaintenanceDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "delete -g GROUP --cluster-name CLUSTER -n NAME", Short: "Delete a maintenance configuration", Args: cobra.NoArgs}
	sc := maintenanceScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		_, err = c.Delete(cmd.Context(), c.MaintenancePath(sc.group, sc.cluster, sc.name))
		return err
	}
	return cmd
}
