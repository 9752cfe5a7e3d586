package main

import (
	"cmp"

	"github.com/spf13/cobra"
	"k8s.io/utils/clock"

	"lotse.dev/management/install"
	"lotse.dev/management/report"
)

func newImagePublishNodeCommand() *cobra.Command {
	f := upFlags{}
	c := &cobra.Command{
		Use:   "publish-node [MINOR]",
		Short: "Build a newer node image, and make it available on this host's installation, or another's (--kubeconfig)",
		Long: `Build a newer node image of the newest Kubernetes, or of MINOR such as 1.36, and make it available on this host's installation, or with --kubeconfig
on that of another cluster. Lotse has to be up, and have a release of that version.

In a directory with Lotse's sources the image is built; its version is what images/node/VERSION says, so raise that first. Anywhere else the image must be in
--artifacts. It becomes a release that differs from the one before in nothing else. Pools get the image by
` + "`lotse nodepool upgrade --node-image-only`" + `, or by the channel of their cluster (nodeOSUpgradeChannel). The command can be repeated.`,
		Example: "  lotse image publish-node\n  lotse image publish-node 1.36",
		Args:    cobra.MaximumNArgs(1),
	}
	c.RunE = func(cmd *cobra.Command, args []string) error {
		minor := ""
		if len(args) > 0 {
			minor = args[0]
		}
		return publishNode(cmd, f, minor)
	}
	f.publishing(c)
	return c
}

func publishNode(cmd *cobra.Command, f upFlags, minor string) error {
	if err := buildImages(cmd.Context(), cmd, "the node image", "-out", f.artifacts, "-node-image", cmp.Or(minor, "newest")); err != nil {
		return err
	}
	steps := report.New(cmd.OutOrStdout(), clock.RealClock{})
	n, err := install.PublishNodeImage(cmd.Context(), f.publication(steps), minor)
	if err != nil {
		return err
	}
	if n.Before {
		steps.Print("node image %s of Kubernetes %s was published before, by release %s; for another one raise images/node/VERSION", n.Version, n.Kubernetes, n.Release)
		return nil
	}
	steps.Print("node image %s of Kubernetes %s is available by release %s; nodes get it by lotse nodepool upgrade --node-image-only, or by their cluster's channel", n.Version, n.Kubernetes, n.Release)
	return nil
}
