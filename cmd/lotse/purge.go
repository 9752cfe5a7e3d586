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
		Short: "Stop everything on this host and remove every trace, clusters and data included",
		Long: `Stop everything on this host and remove every trace of it: clusters, their data, credentials, programs. It also clears up after a
start that was interrupted. It fails, and says what, if anything is left.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return host.Purge(cmd.Context(), host.Data(data), report.New(cmd.OutOrStdout(), clock.RealClock{}))
		},
	}
	c.Flags().StringVar(&data, "data-dir", dataDir, "where everything that stays is kept")
	return c
}
