package main

import "github.com/spf13/cobra"

func newClusterRotateCertsCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "rotate-certs -g GROUP -n NAME", Short: "Replace a cluster's authorities and everything that they signed", Args: cobra.NoArgs,
		Long: "Replace a cluster's authorities, the key of its service account tokens, and all certificates and tokens made from them, while the cluster " +
			"runs. Kubeconfigs and tokens from before are refused afterwards: get new ones with \"lotse cluster credentials\".\n\n" +
			"With --service-account-keys, replace that key alone: tokens from before are refused afterwards, certificates and kubeconfigs stay.",
	}
	sc, wait := clusterScope(cmd, s), &waitFlags{}
	wait.addFlags(cmd)
	keys := cmd.Flags().Bool("service-account-keys", false, "replace only the key that signs service account tokens")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		action, doing := "/rotateClusterCertificates", "rotating the certificates of cluster "
		if *keys {
			action, doing = "/rotateServiceAccountSigningKeys", "rotating the service account keys of cluster "
		}
		operation, err := c.Begin(cmd.Context(), c.ClusterPath(sc.group, sc.name)+action, nil)
		if err != nil {
			return err
		}
		return wait.await(cmd, doing+sc.name, operation)
	}
	return cmd
}
