package main

import (
	"errors"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newPrincipalUpdateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "update -n ID", Short: "Rename, disable or enable a principal", Args: cobra.NoArgs,
		Long: "Rename, disable or enable a principal. A disabled principal keeps its roles and secrets; its tokens are refused from the\n" +
			"next request on.",
		Example: "  lotse principal update -n ID --enabled=false",
	}
	id := principalID(cmd, s)
	display := cmd.Flags().String("display-name", "", "display name")
	enabled := cmd.Flags().Bool("enabled", true, "whether it may log in")
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
