package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newNodepoolAbortCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "abort -g GROUP --cluster-name CLUSTER -n NAME", Short: "End the operation of a pool where it is", Args: cobra.NoArgs,
		Long: "End the operation of a pool where it is, such as a drain that a disruption budget holds up. What it has done stays, and nothing\n" +
			"more is done for it: the pool is Canceled. The same request goes on with it.",
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
		operation, err := c.Begin(cmd.Context(), client.AbortPath(c.NodePoolPath(sc.group, sc.cluster, sc.name)), nil)
		if err != nil {
			return err
		}
		return wait.await(cmd, "aborting the operation of pool "+sc.name, operation)
	}
	return cmd
}
