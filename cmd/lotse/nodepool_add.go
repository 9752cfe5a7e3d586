package main

import (
	"encoding/json"

	"github.com/spf13/cobra"
)

func newNodepoolAddCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "add -g GROUP --cluster-name CLUSTER -n NAME", Short: "Add a pool to a cluster, or change what the flags name", Args: cobra.NoArgs,
		Example: "  lotse nodepool add -g demo --cluster-name demo -n work --node-count 2",
	}
	sc, wait, want := nodepoolScope(cmd, s), &waitFlags{}, &newPool{}
	wait.addFlags(cmd)
	want.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := write(cmd.Context(), c, c.NodePoolPath(sc.group, sc.cluster, sc.name), func(present json.RawMessage) (any, error) {
			return want.body(asked{given: cmd.Flags().Changed, exists: present != nil}), nil
		})
		if err != nil {
			return err
		}
		if err := wait.await(cmd, doing(operation, "adding pool ", "updating pool ")+sc.name, operation); err != nil {
			return err
		}
		return nodepools.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

func (p *newPool) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.IntVarP(&p.count, "node-count", "c", 1, "nodes")
	f.StringVar(&p.mode, "mode", "User", "System or User")
	f.StringVarP(&p.vmSize, "node-vm-size", "s", "", "machine size of the nodes")
	f.StringVarP(&p.version, "kubernetes-version", "k", "", "Kubernetes version, if not the control plane's")
	f.IntVarP(&p.maxPods, "max-pods", "m", 0, "Pods that fit on a node")
	f.StringVar(&p.scaleDownMode, "scale-down-mode", "", "what becomes of machines when the pool is scaled down: Delete, or Deallocate to keep them stopped")
	f.StringToStringVar(&p.labels, "labels", nil, "labels of the nodes, such as disk=fast")
	f.StringSliceVar(&p.taints, "node-taints", nil, "taints of the nodes, such as gpu=yes:NoSchedule")
}
