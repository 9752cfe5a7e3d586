package main

import "github.com/spf13/cobra"

func newNodepoolShowCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "show -g GROUP --cluster-name CLUSTER -n NAME", Short: "Show a pool", Args: cobra.NoArgs}
	sc := nodepoolScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), c.NodePoolPath(sc.group, sc.cluster, sc.name))
		if err != nil {
			return err
		}
		return nodepools.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}
