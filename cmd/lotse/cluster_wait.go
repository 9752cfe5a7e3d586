package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

// waitPause between two reads of the cluster.
const waitPause = time.Second

func newClusterWaitCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "wait -g GROUP -n NAME", Short: "Wait until no operation runs on a cluster", Args: cobra.NoArgs,
		Long: "Wait until no operation runs on a cluster. Ends with 0 if its last one succeeded and 1 if it failed.",
	}
	sc := clusterScope(cmd, s)
	deleted := cmd.Flags().Bool("deleted", false, "wait until the cluster is gone")
	timeout := cmd.Flags().Duration("timeout", 30*time.Minute, "how long to wait")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name"); err != nil {
			return err
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), *timeout)
		defer cancel()
		line := newProgress(cmd.ErrOrStderr(), "cluster "+sc.name)
		document, err := waitForCluster(ctx, c, c.ClusterPath(sc.group, sc.name), *deleted, line)
		line.end(err)
		if err != nil || document == nil {
			return err
		}
		return clusters.print(cmd.OutOrStdout(), s.format, document)
	}
	return cmd
}

// waitForCluster reads a cluster until no operation runs on it, or with gone until it does not exist; then the document is nil.
func waitForCluster(ctx context.Context, c *client.Client, path string, gone bool, line *progress) (json.RawMessage, error) {
	for {
		document, err := c.Get(ctx, path)
		if gone && client.IsNotFound(err) {
			line.show(client.Progress{Status: "Succeeded"})
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		cluster, err := client.View[client.Cluster](document)
		if err != nil {
			return nil, err
		}
		state := cluster.Properties.ProvisioningState
		line.show(client.Progress{Status: state})
		switch {
		case gone:
		case state == "Succeeded":
			return document, nil
		case state == "Failed", state == "Canceled":
			return nil, fmt.Errorf("the last operation on cluster %s ended as %s", cluster.Name, state)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("cluster %s is still %s: %w", cluster.Name, state, ctx.Err())
		case <-time.After(waitPause):
		}
	}
}
