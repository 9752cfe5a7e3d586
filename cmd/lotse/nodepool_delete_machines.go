package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newNodepoolDeleteMachinesCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete-machines -g GROUP --cluster-name CLUSTER -n NAME --machine-names MACHINE,...",
		Short: "Drain and delete machines of a pool by name; the pool is smaller by them", Args: cobra.NoArgs,
		Example: "  lotse nodepool delete-machines -g demo --cluster-name demo -n work --machine-names aks-work-12345678-vmss000001",
	}
	sc, wait := nodepoolScope(cmd, s), &waitFlags{}
	wait.addFlags(cmd)
	names := cmd.Flags().StringSlice("machine-names", nil, "machines, as lotse nodepool machines lists them")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		if len(*names) == 0 {
			return usage(fmt.Errorf("%s needs --machine-names", cmd.CommandPath()))
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		path := client.DeleteMachinesPath(c.NodePoolPath(sc.group, sc.cluster, sc.name))
		operation, err := c.Begin(cmd.Context(), path, map[string]any{"machineNames": *names})
		if err != nil {
			return err
		}
		return wait.await(cmd, fmt.Sprintf("deleting %d machines of pool %s", len(*names), sc.name), operation)
	}
	return cmd
}
