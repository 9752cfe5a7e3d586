package main

import (
	"cmp"
	"fmt"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newSubscriptionCreateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "create --display-name TEXT", Short: "Create a subscription (for operators)", Args: cobra.NoArgs,
		Example: "  lotse subscription create --display-name shop",
	}
	id := cmd.Flags().StringP("name", "n", "", "ID, a GUID; a new one if it is left out")
	display := cmd.Flags().String("display-name", "", "display name")
	tenant := cmd.Flags().String("tenant", "", "tenant whose principals may have roles in it, if not the credential's")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "display-name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		path := client.OperatedSubscriptionPath(cmp.Or(*id, uuid.NewString()))
		if _, err := c.Get(cmd.Context(), path); err == nil {
			return fmt.Errorf("subscription %s already exists; change it with `lotse subscription update`", *id)
		} else if !client.IsNotFound(err) {
			return err
		}
		operation, err := c.Put(cmd.Context(), path, map[string]any{"properties": map[string]any{
			"displayName": *display, "tenantId": cmp.Or(*tenant, c.Credential.TenantID),
		}})
		if err != nil {
			return err
		}
		return subscriptions.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}
