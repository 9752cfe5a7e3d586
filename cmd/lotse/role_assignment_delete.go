package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newRoleAssignmentDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete -n ID [--scope ID | -g GROUP]", Short: "Delete a role assignment; it has no effect from the next request on", Args: cobra.NoArgs,
	}
	id := cmd.Flags().StringP("name", "n", "", "ID of the assignment, as `list` shows it; or its full ID with the scope")
	at := &roleScope{}
	at.addFlags(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		path := *id
		if !strings.HasPrefix(path, "/") {
			scope, err := at.of(c)
			if err != nil {
				return err
			}
			path = client.RoleAssignmentsPath(scope) + "/" + path
		}
		operation, err := c.Delete(cmd.Context(), path)
		if err == nil && operation.Status == 204 {
			return fmt.Errorf("there is no such role assignment at this scope; `lotse role assignment list` shows the scope of each")
		}
		return err
	}
	return cmd
}
