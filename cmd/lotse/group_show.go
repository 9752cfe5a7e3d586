package main

import "github.com/spf13/cobra"

func newGroupShowCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "show -n NAME", Short: "Show a group", Args: cobra.NoArgs}
	sc := groupScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), c.GroupPath(sc.name))
		if err != nil {
			return err
		}
		return groups.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}
