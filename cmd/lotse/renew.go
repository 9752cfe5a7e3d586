package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/utils/clock"

	"lotse.dev/management/host"
	"lotse.dev/management/install"
)

// newRenewCommand is hidden: the host's agent runs it twice a day.
func newRenewCommand() *cobra.Command {
	data := ""
	c := &cobra.Command{
		Use: "renew", Short: "Renew the certificates of the management cluster that are due (started by the host's agent)", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return renew(cmd.Context(), cmd.OutOrStdout(), host.Data(data), clock.RealClock{})
		},
	}
	c.Flags().StringVar(&data, "data-dir", dataDir, "directory of the installation's data")
	return c
}

// renew the host's certificates, by which the API server is reached, and then Lotse's own.
func renew(ctx context.Context, out io.Writer, data host.Data, c clock.PassiveClock) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute) // the API server may restart meanwhile, and a request to it hang
	defer cancel()
	certificates, err := host.Renew(data, c.Now())
	if err != nil {
		return err
	}
	for _, name := range certificates {
		fmt.Fprintln(out, "renewed certificate", name)
	}
	config, err := host.Reach(ctx, data)
	if err != nil {
		return err
	}
	secrets, err := install.Renew(ctx, config, func() (func(), error) { return host.Lock(data) }, c.Now())
	for _, name := range secrets {
		fmt.Fprintln(out, "renewed Secret", name)
	}
	return err
}
