package main

import (
	"github.com/spf13/cobra"

	"lotse.dev/client"
)

var machines = table[client.Machine]{
	columns: []string{"NAME", "PHASE", "ADDRESS", "IMAGE", "WAITING"},
	row: func(m client.Machine) []string {
		p := m.Properties.LotseProfile
		return []string{m.Name, p.Phase, m.Address(), p.NodeImageVersion, p.Waiting}
	},
}

func newNodepoolMachinesCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{Use: "machines -g GROUP --cluster-name CLUSTER -n NAME", Short: "List the machines of a pool", Args: cobra.NoArgs}
	sc := nodepoolScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		documents, err := c.List(cmd.Context(), client.MachinesPath(c.NodePoolPath(sc.group, sc.cluster, sc.name)))
		if err != nil {
			return err
		}
		return machines.printList(cmd.OutOrStdout(), s.format, documents)
	}
	return cmd
}
