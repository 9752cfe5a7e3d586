package main

import "github.com/spf13/cobra"

func newNodepoolDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete -g GROUP --cluster-name CLUSTER -n NAME", Short: "Delete a pool with its machines and disks", Args: cobra.NoArgs,
	}
	sc, wait := nodepoolScope(cmd, s), &waitFlags{}
	wait.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := c.Delete(cmd.Context(), c.NodePoolPath(sc.group, sc.cluster, sc.name))
		if err != nil {
			return err
		}
		return wait.await(cmd, "deleting pool "+sc.name, operation)
	}
	return cmd
}
