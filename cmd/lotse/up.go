package main

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/utils/clock"

	"lotse.dev/management/host"
	"lotse.dev/management/install"
	"lotse.dev/management/report"
	"lotse.dev/telemetry"
)

// upFlags are what the operator can choose.
type upFlags struct {
	data, artifacts, address, listen, kubeconfig, imageRegistry string
	logLevel, otlpEndpoint                                      string
}

func newUpCommand() *cobra.Command {
	f := upFlags{}
	c := &cobra.Command{
		Use:   "up",
		Short: "Start Lotse on this host, or install it on a cluster (--kubeconfig)",
		Long: `Start Lotse on this host: a management cluster, and Lotse on it. With --kubeconfig, install Lotse on the current cluster of that
file, and start nothing on this host.

It can be repeated at any time: it does only what is missing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return up(cmd.Context(), cmd, f) },
	}
	flags := c.Flags()
	flags.StringVar(&f.data, "data-dir", dataDir, "directory of the installation's data")
	flags.StringVar(&f.artifacts, "artifacts", "out", "directory with programs and images, built by make images")
	flags.StringVar(&f.address, "address", "", "address of this host at which hosted API servers are reachable from outside")
	flags.StringVar(&f.listen, "listen", "127.0.0.1:8443", "address and port of the front door")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "install on this cluster")
	flags.StringVar(&f.imageRegistry, "image-registry", "", "with --kubeconfig: push the images to this registry, from which the cluster pulls (HOST[/PREFIX])")
	flags.StringVar(&f.logLevel, "log-level", "", "lowest level that Lotse logs: "+strings.Join(telemetry.Levels, ", ")+" (default info)")
	flags.StringVar(&f.otlpEndpoint, "otlp-endpoint", "", "send traces to this endpoint by OTLP over HTTP, such as http://collector:4318; no traces without it")
	return c
}

func up(ctx context.Context, cmd *cobra.Command, f upFlags) error {
	if _, err := telemetry.ParseLevel(cmp.Or(f.logLevel, "info")); err != nil {
		return usage(err)
	}
	started := time.Now()
	steps := report.New(cmd.OutOrStdout(), clock.RealClock{})
	result, err := install.Up(ctx, install.Choice{
		Data: host.Data(f.data), Artifacts: f.artifacts, Address: f.address, Listen: f.listen,
		Kubeconfig: f.kubeconfig, ImageRegistry: f.imageRegistry, LogLevel: f.logLevel, OTLPEndpoint: f.otlpEndpoint,
		Steps: steps, Clock: clock.RealClock{},
	})
	if err != nil {
		return err
	}
	steps.Print("Lotse is up after %s: %s", steps.Elapsed(started), result.Endpoint)
	steps.Print("  credential  %s", result.CredentialFile)
	return nil
}
