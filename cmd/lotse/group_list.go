package main

import "github.com/spf13/cobra"

func newGroupListCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the subscription's groups", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.open()
			if err != nil {
				return err
			}
			documents, err := c.List(cmd.Context(), c.GroupsPath())
			if err != nil {
				return err
			}
			return groups.printList(cmd.OutOrStdout(), s.format, documents)
		},
	}
}
