package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newNodepoolCommand(s *session) *cobra.Command {
	return noun("nodepool", "Node pools of a cluster",
		newNodepoolAddCommand(s), newNodepoolListCommand(s), newNodepoolShowCommand(s), newNodepoolScaleCommand(s), newNodepoolDeleteCommand(s))
}

var nodepools = table[client.NodePool]{
	columns: []string{"NAME", "MODE", "NODES", "SIZE", "VERSION", "IMAGE", "STATE", "POWER"},
	row: func(n client.NodePool) []string {
		p := n.Properties
		return []string{n.Name, p.Mode, strconv.Itoa(p.Count), p.VMSize, p.OrchestratorVersion, p.NodeImageVersion, p.ProvisioningState, p.PowerState.Code}
	},
}

// nodepoolScope names a pool by -g, --cluster-name and -n.
func nodepoolScope(cmd *cobra.Command, s *session) *scope {
	sc := &scope{}
	sc.addGroup(cmd, s)
	sc.addCluster(cmd, s)
	sc.addName(cmd, "pool", func(cmd *cobra.Command) ([]string, error) { return poolNames(cmd, s) })
	return sc
}

// newPool is the pool that flags ask for.
type newPool struct {
	name, mode, size, version string
	count, maxPods            int
	labels                    map[string]string
	taints                    []string
}

func (p *newPool) properties() map[string]any {
	properties := map[string]any{"count": p.count, "mode": p.mode}
	set(properties, "vmSize", p.size)
	set(properties, "maxPods", p.maxPods)
	set(properties, "orchestratorVersion", p.version)
	if len(p.labels) > 0 {
		properties["nodeLabels"] = p.labels
	}
	if len(p.taints) > 0 {
		properties["nodeTaints"] = p.taints
	}
	return properties
}

// statusPools lists pools of several clusters.
var statusPools = table[client.NodePool]{
	columns: []string{"CLUSTER", "POOL", "MODE", "NODES", "STATE", "IMAGE"},
	row: func(n client.NodePool) []string {
		p := n.Properties
		return []string{n.Cluster(), n.Name, p.Mode, strconv.Itoa(p.Count), p.ProvisioningState, p.NodeImageVersion}
	},
}
