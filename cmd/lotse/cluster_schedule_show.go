package main

import "github.com/spf13/cobra"

func newClusterScheduleShowCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "show -g GROUP -n NAME", Short: "Show when a cluster stops and starts next, and what became of the last time", Args: cobra.NoArgs}
	sc := clusterScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), c.PowerSchedulePath(sc.group, sc.name))
		if err != nil {
			return err
		}
		return powerSchedules.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}
