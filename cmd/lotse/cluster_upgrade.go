package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newClusterUpgradeCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "upgrade -g GROUP -n NAME --kubernetes-version VERSION", Short: "Upgrade a cluster to a newer version of Kubernetes", Args: cobra.NoArgs,
		Long: "Upgrade the control plane of a cluster, and then its pools unless --control-plane-only is given. A control plane goes to a newer patch or to the\n" +
			"next minor; `lotse release list` shows which there are. A minor such as 1.37 means its newest patch.",
	}
	sc, wait := clusterScope(cmd, s), &waitFlags{}
	wait.addFlags(cmd)
	version := cmd.Flags().StringP("kubernetes-version", "k", "", "version to upgrade to")
	alone := cmd.Flags().Bool("control-plane-only", false, "leave the pools as they are")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name", "kubernetes-version"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		path := c.ClusterPath(sc.group, sc.name)
		document, err := c.Get(cmd.Context(), path)
		if err != nil {
			return err
		}
		present, err := client.View[client.Cluster](document)
		if err != nil {
			return err
		}
		operation, err := c.Put(cmd.Context(), path, upgradeOf(present, *version, *alone))
		if err != nil {
			return err
		}
		if err := wait.await(cmd, "upgrading cluster "+sc.name+" to "+*version, operation); err != nil {
			return err
		}
		return clusters.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

// upgradeOf a cluster names what changes; what a PUT leaves out stays.
func upgradeOf(present client.Cluster, version string, alone bool) map[string]any {
	properties := map[string]any{"kubernetesVersion": version}
	if !alone {
		pools := []any{}
		for _, p := range present.Properties.AgentPoolProfiles {
			pools = append(pools, map[string]any{"name": p.Name, "orchestratorVersion": version})
		}
		properties["agentPoolProfiles"] = pools
	}
	return map[string]any{"location": present.Location, "properties": properties}
}
