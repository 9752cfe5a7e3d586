package main

import "github.com/spf13/cobra"

func newClusterDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "delete -g GROUP -n NAME", Short: "Delete a cluster with its machines and disks", Args: cobra.NoArgs}
	sc, wait := clusterScope(cmd, s), &waitFlags{}
	wait.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := c.Delete(cmd.Context(), c.ClusterPath(sc.group, sc.name))
		if err != nil {
			return err
		}
		return wait.await(cmd, "deleting cluster "+sc.name, operation)
	}
	return cmd
}
