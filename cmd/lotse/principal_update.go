package main

import (
	"errors"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalUpdateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "update -n ID", Short: "Rename a principal, shut it out or let it in again", Args: cobra.NoArgs,
		Long:    "Rename a principal, shut it out or let it in again. What is shut out keeps its roles and secrets; its tokens are worth nothing from the\nnext request on.",
		Example: "  lotse principal update -n ID --enabled=false",
	}
	id := named(cmd, s)
	display := cmd.Flags().String("display-name", "", "what people call it")
	enabled := cmd.Flags().Bool("enabled", true, "whether it is let in")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		properties := map[string]any{}
		if *display != "" {
			properties["displayName"] = *display
		}
		if cmd.Flags().Changed("enabled") {
			properties["enabled"] = *enabled
		}
		if len(properties) == 0 {
			return usage(errors.New("nothing to change; give --display-name or --enabled"))
		}
		if _, err := c.Get(cmd.Context(), client.PrincipalPath(*id)); err != nil {
			return err
		}
		operation, err := c.Put(cmd.Context(), client.PrincipalPath(*id), map[string]any{"properties": properties})
		if err != nil {
			return err
		}
		return principals.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}
