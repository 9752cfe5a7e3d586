package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/management/host"
	"lotse.dev/management/install"
)

func newReleaseHaltCommand() *cobra.Command {
	c, rollout := rolloutCommand("halt RELEASE", "Halt the automatic roll-out of a release")
	reason := c.Flags().String("reason", "The operator halted it.", "why, as a sentence; customers see it")
	c.Long = "Let no cluster get a release by its channels any more, on this host's installation, or with --kubeconfig on that of another cluster. Upgrades that\n" +
		"have begun go on, and a customer's own requests are not held up. Lotse does the same by itself when clusters get worse by a release."
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return rollout.change(cmd, args[0], "is halted", func(r *v1alpha1.Release) { r.Halt(time.Now(), *reason) })
	}
	return c
}

func newReleaseResumeCommand() *cobra.Command {
	c, rollout := rolloutCommand("resume RELEASE", "Resume the automatic roll-out of a release")
	c.Long = "Let clusters get a release by their channels again, after its roll-out was halted. What happened to clusters before does not halt it again."
	c.RunE = func(cmd *cobra.Command, args []string) error {
		return rollout.change(cmd, args[0], "goes on", func(r *v1alpha1.Release) { r.Resume(time.Now()) })
	}
	return c
}

// rollout of a release that a verb is about.
type rollout struct{ flags upFlags }

func rolloutCommand(use, short string) (*cobra.Command, *rollout) {
	r := &rollout{}
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ExactArgs(1)}
	c.Flags().StringVar(&r.flags.data, "data-dir", dataDir, "directory of the installation's data")
	c.Flags().StringVar(&r.flags.kubeconfig, "kubeconfig", "", "of the installation on this cluster")
	return c, r
}

func (r *rollout) change(cmd *cobra.Command, name, what string, change func(*v1alpha1.Release)) error {
	choice := install.Choice{Data: host.Data(r.flags.data), Kubeconfig: r.flags.kubeconfig}
	if err := install.ChangeRelease(cmd.Context(), choice, name, change); err != nil {
		return err
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "the roll-out of release %s %s; see lotse release list\n", name, what)
	return err
}
