package main

import "github.com/spf13/cobra"

func newGroupDeleteCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "delete -n NAME", Short: "Delete a group and everything in it", Args: cobra.NoArgs}
	sc, wait := groupScope(cmd, s), &waitFlags{}
	wait.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := c.Delete(cmd.Context(), c.GroupPath(sc.name))
		if err != nil {
			return err
		}
		return wait.await(cmd, "deleting group "+sc.name, operation)
	}
	return cmd
}
