package main

import "github.com/spf13/cobra"

func newMaintenanceListCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "list -g GROUP --cluster-name CLUSTER", Short: "List a cluster's maintenance configurations", Args: cobra.NoArgs}
	sc := &scope{}
	sc.addGroup(cmd, s)
	sc.addCluster(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		documents, err := c.List(cmd.Context(), c.MaintenancesPath(sc.group, sc.cluster))
		if err != nil {
			return err
		}
		return maintenances.printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}
