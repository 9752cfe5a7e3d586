package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newNodepoolCommand(s *session) *cobra.Command {
	return noun("nodepool", "Node pools of a cluster",
		newNodepoolAddCommand(s), newNodepoolListCommand(s), newNodepoolShowCommand(s), newNodepoolScaleCommand(s),
		newNodepoolUpgradeCommand(s), newNodepoolStopCommand(s), newNodepoolStartCommand(s), newNodepoolMachinesCommand(s),
		newNodepoolDeleteMachinesCommand(s), newNodepoolAbortCommand(s), newNodepoolDeleteCommand(s))
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
	name, mode, vmSize, version, scaleDownMode string
	count, maxPods                             int
	labels                                     map[string]string
	taints                                     []string
}

// size has the properties of pools that verbs of clusters have flags for too.
func (p *newPool) size(a asked, properties map[string]any) {
	a.set(properties, "count", "node-count", p.count)
	a.set(properties, "vmSize", "node-vm-size", p.vmSize)
	a.set(properties, "maxPods", "max-pods", p.maxPods)
}

// body is the request for a pool.
func (p *newPool) body(a asked) map[string]any {
	properties := map[string]any{}
	p.size(a, properties)
	a.set(properties, "mode", "mode", p.mode)
	a.set(properties, "orchestratorVersion", "kubernetes-version", p.version)
	a.set(properties, "scaleDownMode", "scale-down-mode", p.scaleDownMode)
	a.set(properties, "nodeLabels", "labels", p.labels)
	a.set(properties, "nodeTaints", "node-taints", p.taints)
	return map[string]any{"properties": properties}
}

// statusPools lists pools of several clusters.
var statusPools = table[client.NodePool]{
	columns: []string{"CLUSTER", "POOL", "MODE", "NODES", "STATE", "IMAGE"},
	row: func(n client.NodePool) []string {
		p := n.Properties
		return []string{n.Cluster(), n.Name, p.Mode, strconv.Itoa(p.Count), p.ProvisioningState, p.NodeImageVersion}
	},
}
