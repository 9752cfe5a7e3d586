package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/utils/clock"

	"lotse.dev/management/host"
	"lotse.dev/management/install"
	"lotse.dev/management/report"
)

func newReleaseAddCommand() *cobra.Command {
	f := upFlags{}
	c := &cobra.Command{
		Use:   "add MINOR",
		Short: "Build a further version of Kubernetes, such as 1.36, and make it available on this host's installation, or another's (--kubeconfig)",
		Long: `Build a further version of Kubernetes, such as 1.36, and make it available on this host's installation, or with --kubeconfig on that of another
cluster. Lotse has to be up.

In a directory with Lotse's sources the images are built, as far as they are not there; anywhere else they must be in --artifacts. A first build compiles
all of Kubernetes and takes minutes. The command can be repeated at any time: it does only what is missing.`,
		Example: "  lotse release add 1.36",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return addRelease(cmd, f, args[0]) },
	}
	f.publishing(c)
	return c
}

// publishing are the flags of commands that add to an installation.
func (f *upFlags) publishing(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&f.data, "data-dir", dataDir, "directory of the installation's data")
	flags.StringVar(&f.artifacts, "artifacts", "out", "directory with programs and images")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "add to the installation on this cluster")
	flags.StringVar(&f.imageRegistry, "image-registry", "", "with --kubeconfig: the registry from which the cluster pulls, as given to lotse up (HOST[/PREFIX])")
}

func (f *upFlags) publication(steps *report.Steps) install.Choice {
	return install.Choice{
		Data: host.Data(f.data), Artifacts: f.artifacts, Kubeconfig: f.kubeconfig, ImageRegistry: f.imageRegistry, Steps: steps, Clock: clock.RealClock{},
	}
}

func addRelease(cmd *cobra.Command, f upFlags, minor string) error {
	started := time.Now()
	if err := buildRelease(cmd.Context(), cmd, f.artifacts, minor); err != nil {
		return err
	}
	steps := report.New(cmd.OutOrStdout(), clock.RealClock{})
	name, err := install.AddRelease(cmd.Context(), f.publication(steps), minor)
	if err != nil {
		return err
	}
	steps.Print("release %s is available after %s; see lotse release list", name, steps.Elapsed(started))
	return nil
}

// buildRelease builds what is missing of the images, where the sources are.
func buildRelease(ctx context.Context, cmd *cobra.Command, artifacts, minor string) error {
	return buildImages(ctx, cmd, "the images of Kubernetes "+minor, "-out", artifacts, "-release", minor)
}

// buildImages where the sources are; elsewhere they have to be there.
func buildImages(ctx context.Context, cmd *cobra.Command, what string, args ...string) error {
	if _, err := os.Stat("images/build"); err != nil {
		return nil
	}
	c := exec.CommandContext(ctx, "go", append([]string{"run", "./images/build"}, args...)...)
	c.Stdout, c.Stderr = cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := c.Run(); err != nil {
		return fmt.Errorf("building %s: %w", what, err)
	}
	return nil
}
