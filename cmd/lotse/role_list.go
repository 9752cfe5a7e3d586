package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newRoleListCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the roles that can be assigned", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.open()
			if err != nil {
				return err
			}
			documents, err := c.List(cmd.Context(), client.RoleDefinitionsPath(c.SubscriptionScope()))
			if err != nil {
				return err
			}
			return roleDefinitions.printList(cmd.OutOrStdout(), s.format, documents)
		},
	}
}
