package main

import "github.com/spf13/cobra"

func newClusterShowCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "show -g GROUP -n NAME", Short: "Show a cluster", Args: cobra.NoArgs}
	sc := clusterScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), c.ClusterPath(sc.group, sc.name))
		if err != nil {
			return err
		}
		return clusters.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}
