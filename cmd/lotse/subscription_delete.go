package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newSubscriptionDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "delete -n ID", Short: "Delete a subscription and everything in it (for operators)", Args: cobra.NoArgs,
	}
	id := cmd.Flags().StringP("name", "n", "", "ID of the subscription")
	wait := &waitFlags{}
	wait.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := c.Delete(cmd.Context(), client.OperatedSubscriptionPath(*id))
		if err != nil {
			return err
		}
		return wait.await(cmd, "deleting subscription "+*id, operation)
	}
	return cmd
}
