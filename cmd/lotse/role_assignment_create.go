package main

import (
	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newRoleAssignmentCreateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "create --principal ID --role ROLE [--scope ID | -g GROUP]", Short: "Assign a role to a principal", Args: cobra.NoArgs,
		Example: "  lotse role assignment create --principal ID --role Contributor\n" +
			"  lotse role assignment create --principal ID --role \"Azure Kubernetes Service Cluster User Role\" -g demo",
	}
	principal := cmd.Flags().String("principal", "", "ID of the principal")
	role := cmd.Flags().String("role", "", "name or ID of the role")
	at := &roleScope{}
	at.addFlags(cmd, s)
	completes(cmd, "role", func(cmd *cobra.Command) ([]string, error) { return listRoles(cmd, s) })
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "principal", "role"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		scope, err := at.of(c)
		if err != nil {
			return err
		}
		definition, err := roleID(cmd.Context(), c, scope, *role)
		if err != nil {
			return err
		}
		operation, err := c.Put(cmd.Context(), client.RoleAssignmentsPath(scope)+"/"+uuid.NewString(),
			map[string]any{"properties": map[string]any{"roleDefinitionId": definition, "principalId": *principal}})
		if err != nil {
			return err
		}
		names, err := roleNames(cmd.Context(), c, scope)
		if err != nil {
			return err
		}
		return roleAssignments(names).print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

func listRoles(cmd *cobra.Command, s *session) ([]string, error) {
	c, err := s.open()
	if err != nil {
		return nil, err
	}
	names, err := roleNames(cmd.Context(), c, c.SubscriptionScope())
	all := []string{}
	for _, name := range names {
		all = append(all, name)
	}
	return all, err
}
