package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newMaintenanceShowCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show -g GROUP --cluster-name CLUSTER -n NAME", Short: "Show a maintenance configuration, its next window, and whether one is open", Args: cobra.NoArgs,
	}
	sc := maintenanceScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), c.MaintenancePath(sc.group, sc.cluster, sc.name))
		if err != nil {
			return err
		}
		if err := maintenances.print(cmd.OutOrStdout(), s.format, document); err != nil || s.format.String() != "table" {
			return err
		}
		view, err := client.View[client.Maintenance](document)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(cmd.OutOrStdout(), view.Properties.LotseProfile.Reason)
		return err
	}
	return cmd
}
