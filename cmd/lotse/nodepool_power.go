package main

import (
	"github.com/spf13/cobra"
)

func newNodepoolStopCommand(s *session) *cobra.Command {
	return nodepoolPowerCommand(s, "stop", "stopping", "Stopped", "Stop the machines of a User pool, and keep their nodes and disks")
}

func newNodepoolStartCommand(s *session) *cobra.Command {
	return nodepoolPowerCommand(s, "start", "starting", "Running", "Start the machines of a stopped pool")
}

// nodepoolPowerCommand writes the pool back as it was read, but for its power state.
func nodepoolPowerCommand(s *session, verb, doing, code, short string) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " -g GROUP --cluster-name CLUSTER -n NAME", Short: short, Args: cobra.NoArgs}
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
		path := c.NodePoolPath(sc.group, sc.cluster, sc.name)
		operation, err := change(cmd.Context(), c, path, "powerState", map[string]any{"code": code})
		if err != nil {
			return err
		}
		if err := wait.await(cmd, doing+" pool "+sc.name, operation); err != nil {
			return err
		}
		return nodepools.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}
