package main

import (
	"cmp"
	"encoding/json"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newClusterAutoUpgradeCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "auto-upgrade -g GROUP -n NAME", Short: "Show the next automatic upgrade of a cluster, when it begins, and why or why not", Args: cobra.NoArgs,
		Long: "Show what a cluster is upgraded to next by its channels, when, and why or why not. Channels are set with --auto-upgrade-channel and\n" +
			"--node-os-upgrade-channel of \"lotse cluster create\", the windows in which an upgrade may begin with \"lotse maintenance set\".",
	}
	sc := clusterScope(cmd, s)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.Get(cmd.Context(), c.ClusterPath(sc.group, sc.name))
		if err != nil {
			return err
		}
		cluster, err := client.View[client.Cluster](document)
		if err != nil {
			return err
		}
		var rows []json.RawMessage
		for _, row := range autoUpgradesOf(cluster) {
			encoded, err := json.Marshal(row)
			if err != nil {
				return err
			}
			rows = append(rows, encoded)
		}
		return autoUpgrades.printList(cmd.OutOrStdout(), s.format, rows)
	}
	return cmd
}

// autoUpgradeRow is the next automatic upgrade of one sort.
type autoUpgradeRow struct {
	What string `json:"what"`
	client.PlannedUpgrade
}

var autoUpgrades = table[autoUpgradeRow]{
	columns: []string{"WHAT", "CHANNEL", "NEXT", "AT", "WHY"},
	row: func(r autoUpgradeRow) []string {
		return []string{r.What, r.Channel, r.To, moment(r.At), r.Message}
	},
}

// autoUpgradesOf a cluster: a row for Kubernetes and one for node images, also where no channel leads to them, or the service is yet to decide.
func autoUpgradesOf(c client.Cluster) []autoUpgradeRow {
	const none = "No channel upgrades it."
	profile, next := c.Properties.AutoUpgradeProfile, c.Properties.LotseProfile.AutoUpgrade
	row := func(what, channel string, inert []string, planned *client.PlannedUpgrade) autoUpgradeRow {
		r := autoUpgradeRow{What: what, PlannedUpgrade: client.PlannedUpgrade{Channel: channel, Message: "The service has not looked at the cluster's present state yet."}}
		for _, i := range inert {
			if channel == i {
				r.Message = none
			}
		}
		if planned != nil {
			r.PlannedUpgrade = *planned
		}
		return r
	}
	return []autoUpgradeRow{
		row("Kubernetes", cmp.Or(profile.UpgradeChannel, "none"), []string{"none", "node-image"}, next.Kubernetes),
		row("node image", cmp.Or(profile.NodeOSUpgradeChannel, "None"), []string{"None", "Unmanaged"}, next.NodeImage),
	}
}
