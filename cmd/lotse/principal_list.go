package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalListCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the principals that can log in", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.open()
			if err != nil {
				return err
			}
			documents, err := c.List(cmd.Context(), client.PrincipalsPath)
			if err != nil {
				return err
			}
			return principals.printList(cmd.OutOrStdout(), s.format, documents)
		},
	}
}
