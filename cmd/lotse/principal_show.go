package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalShowCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "show -n ID", Short: "Show a principal", Args: cobra.NoArgs}
	id := principalID(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), client.PrincipalPath(*id))
		if err != nil {
			return err
		}
		return principals.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}
