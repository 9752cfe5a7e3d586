package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newGroupCommand(s *session) *cobra.Command {
	return noun("group", "Resource groups hold clusters",
		newGroupCreateCommand(s), newGroupListCommand(s), newGroupShowCommand(s), newGroupDeleteCommand(s))
}

var groups = table[client.Group]{
	columns: []string{"NAME", "LOCATION", "STATE"},
	row: func(g client.Group) []string {
		return []string{g.Name, g.Location, g.Properties.ProvisioningState}
	},
}

// groupScope makes -n the name of a group, and -g another way to say the same.
func groupScope(cmd *cobra.Command, s *session) *scope {
	sc := &scope{}
	sc.addName(cmd, "group", func(cmd *cobra.Command) ([]string, error) { return groupNames(cmd, s) })
	cmd.Flags().StringVarP(&sc.name, "group", "g", "", "the same as --name")
	return sc
}
