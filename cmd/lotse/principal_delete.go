package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete -n ID", Short: "Delete a principal with its roles and secrets; its tokens are revoked at once", Args: cobra.NoArgs,
	}
	id := principalID(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		_, err = c.Delete(cmd.Context(), client.PrincipalPath(*id))
		return err
	}
	return cmd
}
