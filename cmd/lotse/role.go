package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newRoleCommand(s *session) *cobra.Command {
	return noun("role", "Roles and who has them",
		newRoleListCommand(s),
		noun("assignment", "Roles of principals at a scope and below",
			newRoleAssignmentCreateCommand(s), newRoleAssignmentListCommand(s), newRoleAssignmentDeleteCommand(s)))
}

var roleDefinitions = table[client.RoleDefinition]{
	columns: []string{"ROLE", "ID", "DESCRIPTION"},
	row: func(r client.RoleDefinition) []string {
		return []string{r.Properties.RoleName, r.Name, r.Properties.Description}
	},
}

// roleAssignments shows roles by name, or by ID if their name is not known.
func roleAssignments(names map[string]string) table[client.RoleAssignment] {
	return table[client.RoleAssignment]{
		columns: []string{"PRINCIPAL", "TYPE", "ROLE", "SCOPE", "ID"},
		row: func(a client.RoleAssignment) []string {
			role := a.Properties.RoleDefinitionID
			if name := names[strings.ToLower(role[strings.LastIndex(role, "/")+1:])]; name != "" {
				role = name
			}
			return []string{a.Properties.PrincipalID, a.Properties.PrincipalType, role, a.Properties.Scope, a.Name}
		},
	}
}

// roleNames by GUID.
func roleNames(ctx context.Context, c *client.Client, scope string) (map[string]string, error) {
	documents, err := c.List(ctx, client.RoleDefinitionsPath(scope))
	if err != nil {
		return nil, err
	}
	definitions, err := client.Views[client.RoleDefinition](documents)
	names := map[string]string{}
	for _, d := range definitions {
		names[strings.ToLower(d.Name)] = d.Properties.RoleName
	}
	return names, err
}

// roleID is the ID of a role that is given by name or by GUID.
func roleID(ctx context.Context, c *client.Client, scope, role string) (string, error) {
	names, err := roleNames(ctx, c, scope)
	if err != nil {
		return "", err
	}
	for id, name := range names {
		if strings.EqualFold(role, id) || strings.EqualFold(role, name) {
			return client.RoleDefinitionsPath(scope) + "/" + id, nil
		}
	}
	return "", usage(fmt.Errorf("--role %q: there is no such role; list them with `lotse role list`", role))
}

// roleScope is where a role is assigned: --scope, or a group, or the subscription.
type roleScope struct{ scope, group string }

func (r *roleScope) addFlags(cmd *cobra.Command, s *session) {
	cmd.Flags().StringVar(&r.scope, "scope", "", `ID of a subscription, group or cluster, or "/"; the subscription if it is left out`)
	cmd.Flags().StringVarP(&r.group, "group", "g", "", "resource group as the scope")
	completes(cmd, "group", func(cmd *cobra.Command) ([]string, error) { return groupNames(cmd, s) })
	cmd.MarkFlagsMutuallyExclusive("scope", "group")
}

func (r *roleScope) of(c *client.Client) (string, error) {
	switch {
	case r.group != "":
		return c.GroupPath(r.group), nil
	case r.scope == "":
		return c.SubscriptionScope(), nil
	case !strings.HasPrefix(r.scope, "/"):
		return "", usage(fmt.Errorf(`--scope %q is no ID; it begins with "/"`, r.scope))
	}
	return r.scope, nil
}
