package main

import (
	"errors"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newSubscriptionUpdateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "update -n ID", Short: "Rename a subscription, or change its state (for operators)", Args: cobra.NoArgs,
		Long: "Rename a subscription, or change its state. Unless it is Registered, its resources can only be read and deleted; in state Deleted\n" +
			"all its resources are deleted, and the subscription itself stays.",
		Example: "  lotse subscription update -n ID --state Suspended",
	}
	id := cmd.Flags().StringP("name", "n", "", "ID of the subscription")
	display := cmd.Flags().String("display-name", "", "display name")
	state := cmd.Flags().String("state", "", "Registered, Warned, Suspended, Deleted or Unregistered")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		properties := map[string]any{}
		for name, value := range map[string]string{"displayName": *display, "state": *state} {
			if value != "" {
				properties[name] = value
			}
		}
		if len(properties) == 0 {
			return usage(errors.New("nothing to change; give --display-name or --state"))
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		if _, err := c.Get(cmd.Context(), client.OperatedSubscriptionPath(*id)); err != nil {
			return err
		}
		operation, err := c.Put(cmd.Context(), client.OperatedSubscriptionPath(*id), map[string]any{"properties": properties})
		if err != nil {
			return err
		}
		return subscriptions.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}
