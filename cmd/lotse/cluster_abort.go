package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newClusterAbortCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "abort -g GROUP -n NAME", Short: "End the operation of a cluster where it is, with those of its pools that belong to it", Args: cobra.NoArgs,
		Long: "End the operation of a cluster where it is. What it has done stays, and nothing more is done for it: the cluster is Canceled.\n" +
			"The same request goes on with it. A stop, a start, a rotation of certificates and a deletion go on to their end.",
	}
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
		operation, err := c.Begin(cmd.Context(), client.AbortPath(c.ClusterPath(sc.group, sc.name)), nil)
		if err != nil {
			return err
		}
		return wait.await(cmd, "aborting the operation of cluster "+sc.name, operation)
	}
	return cmd
}
