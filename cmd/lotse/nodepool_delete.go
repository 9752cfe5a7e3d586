package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newNodepoolDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete -g GROUP --cluster-name CLUSTER -n NAME", Short: "Delete a pool with its machines and disks", Args: cobra.NoArgs,
	}
	sc, wait, ignoring := nodepoolScope(cmd, s), &waitFlags{}, false
	wait.addFlags(cmd)
	cmd.Flags().BoolVar(&ignoring, "ignore-pod-disruption-budget", false,
		"delete Pods also where a PodDisruptionBudget forbids it; it counts for a deletion that waits, too")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		path := c.NodePoolPath(sc.group, sc.cluster, sc.name)
		if ignoring {
			path = client.IgnoringBudgets(path)
		}
		operation, err := c.Delete(cmd.Context(), path)
		if err != nil {
			return err
		}
		return wait.await(cmd, "deleting pool "+sc.name, operation)
	}
	return cmd
}
