package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalSecretRemoveCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "remove -n ID --id SECRET", Short: "Remove a secret; tokens that were issued for it are revoked at once", Args: cobra.NoArgs,
	}
	id := principalID(cmd, s)
	secret := cmd.Flags().String("id", "", "ID of the secret, as `list` shows it")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name", "id"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		_, err = c.Delete(cmd.Context(), client.SecretsPath(*id)+"/"+*secret)
		return err
	}
	return cmd
}
