package main

import (
	"cmp"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newSubscriptionShowCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "show [-n ID]", Short: "Show a subscription, the credential's if no other is named", Args: cobra.NoArgs}
	id := cmd.Flags().StringP("name", "n", "", "ID of the subscription")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), client.SubscriptionPath(cmp.Or(*id, c.Credential.SubscriptionID)))
		if err != nil {
			return err
		}
		return subscriptions.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}
