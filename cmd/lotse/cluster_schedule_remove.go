package main

import "github.com/spf13/cobra"

func newClusterScheduleRemoveCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "remove -g GROUP -n NAME", Short: "Stop and start a cluster by itself no more", Args: cobra.NoArgs}
	sc := clusterScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		_, err = c.Delete(cmd.Context(), c.PowerSchedulePath(sc.group, sc.name))
		return err
	}
	return cmd
}
