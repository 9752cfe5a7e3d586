package main

import (
	"cmp"

	"github.com/spf13/cobra"
)

func newGroupCreateCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "create -n NAME", Short: "Create a group, or change its tags", Args: cobra.NoArgs,
		Example: "  lotse group create -n demo",
	}
	sc := groupScope(cmd, s)
	location := cmd.Flags().StringP("location", "l", "", "location, if not the credential's")
	tags := cmd.Flags().StringToString("tags", nil, "tags, such as team=web,stage=test")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		body := map[string]any{"location": cmp.Or(*location, c.Credential.Location)}
		if len(*tags) > 0 {
			body["tags"] = *tags
		}
		operation, err := c.Put(cmd.Context(), c.GroupPath(sc.name), body)
		if err != nil {
			return err
		}
		return groups.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}
