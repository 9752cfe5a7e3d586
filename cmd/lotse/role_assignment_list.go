package main

import (
	"net/url"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newRoleAssignmentListCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list [--scope ID | -g GROUP]", Short: "List role assignments at a scope, above it and below it", Args: cobra.NoArgs,
	}
	principal := cmd.Flags().String("principal", "", "ID of one principal")
	at := &roleScope{}
	at.addFlags(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		scope, err := at.of(c)
		if err != nil {
			return err
		}
		path := client.RoleAssignmentsPath(scope)
		if *principal != "" {
			path += "?$filter=" + url.QueryEscape("principalId eq '"+*principal+"'")
		}
		documents, err := c.List(cmd.Context(), path)
		if err != nil {
			return err
		}
		names, err := roleNames(cmd.Context(), c, scope)
		if err != nil {
			return err
		}
		return roleAssignments(names).printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}
