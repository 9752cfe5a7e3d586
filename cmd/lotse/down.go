package main

import (
	"github.com/spf13/cobra"
	"k8s.io/utils/clock"

	"lotse.dev/management/host"
	"lotse.dev/management/report"
)

func newDownCommand() *cobra.Command {
	data := ""
	c := &cobra.Command{
		Use:   "down",
		Short: "Stop everything on this host, keep the data",
		Long:  "Stop everything on this host and keep the data: lotse up starts it again with all clusters.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return host.Down(cmd.Context(), host.Data(data), report.New(cmd.OutOrStdout(), clock.RealClock{}))
		},
	}
	c.Flags().StringVar(&data, "data-dir", dataDir, "directory of the installation's data")
	return c
}
