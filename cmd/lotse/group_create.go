package main

import (
	"cmp"
	"encoding/json"

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
		operation, err := write(cmd.Context(), c, c.GroupPath(sc.name), func(present json.RawMessage) (any, error) {
			a, body := asked{given: cmd.Flags().Changed, exists: present != nil}, map[string]any{}
			a.set(body, "location", "location", cmp.Or(*location, c.Credential.Location))
			a.set(body, "tags", "tags", *tags)
			return body, nil
		})
		if err != nil {
			return err
		}
		return groups.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}
