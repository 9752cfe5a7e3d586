package main

import (
	"github.com/spf13/cobra"
	"k8s.io/utils/clock"

	"lotse.dev/management/host"
	"lotse.dev/management/report"
)

func newPurgeCommand() *cobra.Command {
	data := ""
	c := &cobra.Command{
		Use:   "purge",
		Short: "Stop everything on this host and remove all of it, including clusters and data",
		Long: `Stop everything on this host and remove all of it: clusters, their data, credentials, programs. It also cleans up after a
start that was interrupted. If anything is left, it fails and lists what.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return host.Purge(cmd.Context(), host.Data(data), report.New(cmd.OutOrStdout(), clock.RealClock{}))
		},
	}
	c.Flags().StringVar(&data, "data-dir", dataDir, "directory of the installation's data")
	return c
}
