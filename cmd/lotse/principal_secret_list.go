package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalSecretListCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "list -n ID", Short: "List a principal's secrets, without their values", Args: cobra.NoArgs}
	id := principalID(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		documents, err := c.List(cmd.Context(), client.SecretsPath(*id))
		if err != nil {
			return err
		}
		return secrets.printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}
