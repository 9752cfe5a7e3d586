package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newSubscriptionListCommand(s *session) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the subscriptions that you have a role in", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := s.open()
			if err != nil {
				return err
			}
			documents, err := c.List(cmd.Context(), client.SubscriptionsPath)
			if err != nil {
				return err
			}
			return subscriptions.printList(cmd.OutOrStdout(), s.format, documents)
		},
	}
}
