package main

import (
	"github.com/spf13/cobra"
)

func newClusterStopCommand(s *session) *cobra.Command {
	return clusterPowerCommand(s, "stop", "stopping", "Stop a cluster: it keeps its objects, disks and address, and uses no processor and no memory",
		"Stop a cluster. Its Pods are evicted, its machines and its control plane end; objects, disks, the API server's address and all credentials\n"+
			"stay. Pods that nothing would make again are gone. While it is stopped it can only be started or deleted.")
}

func newClusterStartCommand(s *session) *cobra.Command {
	return clusterPowerCommand(s, "start", "starting", "Start a stopped cluster",
		"Start a stopped cluster, at its old address and with the same nodes. Ends when all nodes are Ready.")
}

// clusterPowerCommand runs one of the two actions, which need nothing but the cluster's name.
func clusterPowerCommand(s *session, verb, doing, short, long string) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " -g GROUP -n NAME", Short: short, Long: long, Args: cobra.NoArgs}
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
		operation, err := c.Begin(cmd.Context(), c.ClusterPath(sc.group, sc.name)+"/"+verb, nil)
		if err != nil {
			return err
		}
		return wait.await(cmd, doing+" cluster "+sc.name, operation)
	}
	return cmd
}
