package main

import (
	"cmp"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalCreateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "create --display-name TEXT", Short: "Create a principal, without a role and without a secret", Args: cobra.NoArgs,
		Example: "  lotse principal create --display-name builder\n" +
			"  lotse principal create --display-name Anna --kind User --user-name anna@example.com",
	}
	f := cmd.Flags()
	id := f.StringP("name", "n", "", "ID, a GUID; a new one if it is left out")
	display := f.String("display-name", "", "display name")
	kind := f.String("kind", "ServicePrincipal", "ServicePrincipal, User or ManagedIdentity")
	user := f.String("user-name", "", "name that a user logs in with, like anna@example.com")
	tenant := f.String("tenant", "", "tenant, if not the credential's")
	completes(cmd, "kind", func(*cobra.Command) ([]string, error) {
		return []string{"ServicePrincipal", "User", "ManagedIdentity"}, nil
	})
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "display-name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		properties := map[string]any{"displayName": *display, "kind": *kind, "userName": *user, "tenantId": cmp.Or(*tenant, c.Credential.TenantID)}
		path := client.PrincipalPath(cmp.Or(*id, uuid.NewString()))
		if _, err := c.Get(cmd.Context(), path); err == nil {
			return fmt.Errorf("principal %s already exists; change it with `lotse principal update`", *id)
		} else if !client.IsNotFound(err) {
			return err
		}
		operation, err := c.Put(cmd.Context(), path, map[string]any{"properties": properties})
		if err != nil {
			return err
		}
		return principals.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}
