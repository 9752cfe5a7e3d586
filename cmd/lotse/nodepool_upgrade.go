package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

// poolUpgrade is what a pool's upgrade is to lead to.
type poolUpgrade struct {
	version, image string
	imageOnly      bool
}

func newNodepoolUpgradeCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "upgrade -g GROUP --cluster-name CLUSTER -n NAME {--kubernetes-version V | --node-image-only | --node-image-version V}",
		Short: "Bring the nodes of a pool to another Kubernetes version or node image", Args: cobra.NoArgs,
		Long: "Bring the nodes of a pool to another Kubernetes version or node image, one after the other: a surge node is added, a node is drained and gets " +
			"its new image, and in the end the surge node goes. An upgrade that failed goes on when it is repeated.\n\n" +
			"--node-image-version pins the pool to a node image, also to an earlier one; an empty version ends that.",
	}
	sc, wait, to := nodepoolScope(cmd, s), &waitFlags{}, poolUpgrade{}
	wait.addFlags(cmd)
	cmd.Flags().StringVarP(&to.version, "kubernetes-version", "k", "", "Kubernetes version")
	cmd.Flags().BoolVar(&to.imageOnly, "node-image-only", false, "the newest node image of the present Kubernetes version")
	cmd.Flags().StringVar(&to.image, "node-image-version", "", "pin the pool to this node image; empty ends that")
	cmd.MarkFlagsMutuallyExclusive("kubernetes-version", "node-image-only", "node-image-version")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		operation, err := to.begin(cmd, c, c.NodePoolPath(sc.group, sc.cluster, sc.name))
		if err != nil {
			return err
		}
		if err := wait.await(cmd, "upgrading pool "+sc.name, operation); err != nil {
			return err
		}
		return s.showPool(cmd, c, c.NodePoolPath(sc.group, sc.cluster, sc.name))
	}
	return cmd
}

func (u poolUpgrade) begin(cmd *cobra.Command, c *client.Client, path string) (*client.Operation, error) {
	switch flags := cmd.Flags(); {
	case u.imageOnly:
		return c.Begin(cmd.Context(), path+"/upgradeNodeImageVersion", nil)
	case u.version != "":
		return change(cmd.Context(), c, path, "orchestratorVersion", u.version)
	case flags.Changed("node-image-version"):
		return change(cmd.Context(), c, path, "lotseProfile", map[string]any{"nodeImageVersion": u.image})
	}
	return nil, usage(fmt.Errorf("%s: %w", cmd.CommandPath(), errNoUpgrade))
}

var errNoUpgrade = errors.New("say what to upgrade to: --kubernetes-version, --node-image-only or --node-image-version")

// showPool prints a pool as it is now.
func (s *session) showPool(cmd *cobra.Command, c *client.Client, path string) error {
	document, err := c.Get(cmd.Context(), path)
	if err != nil {
		return err
	}
	return nodepools.print(cmd.OutOrStdout(), s.format, document)
}
