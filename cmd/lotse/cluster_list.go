package main

import "github.com/spf13/cobra"

func newClusterListCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "list [-g GROUP]", Short: "List clusters, of a group or of the subscription", Args: cobra.NoArgs}
	sc := &scope{}
	sc.addGroup(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		documents, err := c.List(cmd.Context(), c.ClustersPath(sc.group))
		if err != nil {
			return err
		}
		return clusters.printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}
