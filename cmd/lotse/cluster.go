package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newClusterCommand(s *session) *cobra.Command {
	return noun("cluster", "Managed Kubernetes clusters",
		newClusterCreateCommand(s), newClusterListCommand(s), newClusterShowCommand(s), newClusterDeleteCommand(s),
		newClusterStopCommand(s), newClusterStartCommand(s), newClusterUpgradeCommand(s), newClusterAbortCommand(s), newClusterCredentialsCommand(s),
		newClusterWaitCommand(s), newClusterRotateCertsCommand(s), newClusterInvokeCommand(s), newClusterScheduleCommand(s),
		newClusterAutoUpgradeCommand(s))
}

var clusters = table[client.Cluster]{
	columns: []string{"NAME", "GROUP", "LOCATION", "VERSION", "NODES", "STATE", "POWER", "ADDRESS"},
	row: func(c client.Cluster) []string {
		p := c.Properties
		return []string{c.Name, c.Group(), c.Location, c.Version(), strconv.Itoa(c.Nodes()), p.ProvisioningState, p.PowerState.Code, p.FQDN}
	},
}

// clusterScope names a cluster by -g and -n.
func clusterScope(cmd *cobra.Command, s *session) *scope {
	sc := &scope{}
	sc.addGroup(cmd, s)
	sc.addName(cmd, "cluster", func(cmd *cobra.Command) ([]string, error) { return clusterNames(cmd, s) })
	return sc
}
