package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newNodepoolScaleCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "scale -g GROUP --cluster-name CLUSTER -n NAME --node-count N", Short: "Change how many nodes a pool has", Args: cobra.NoArgs,
	}
	sc, wait := nodepoolScope(cmd, s), &waitFlags{}
	wait.addFlags(cmd)
	count := cmd.Flags().IntP("node-count", "c", -1, "nodes")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "cluster-name", "name"); err != nil {
			return err
		}
		if *count < 0 {
			return usage(fmt.Errorf("%s needs --node-count", cmd.CommandPath()))
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		path := c.NodePoolPath(sc.group, sc.cluster, sc.name)
		operation, err := change(cmd.Context(), c, path, "count", *count)
		if err != nil {
			return err
		}
		if err := wait.await(cmd, fmt.Sprintf("scaling pool %s to %d", sc.name, *count), operation); err != nil {
			return err
		}
		return nodepools.print(cmd.OutOrStdout(), s.format, operation.Body)
	}
	return cmd
}

// change writes the pool back as it was read, except for one property, and only if it was not changed in between.
func change(ctx context.Context, c *client.Client, path, property string, to any) (*client.Operation, error) {
	document, err := c.Get(ctx, path)
	if err != nil {
		return nil, err
	}
	pool, err := client.View[client.NodePool](document)
	if err != nil {
		return nil, err
	}
	var body struct {
		Properties map[string]any `json:"properties"`
	}
	if err := json.Unmarshal(document, &body); err != nil {
		return nil, err
	}
	body.Properties[property] = to
	return c.PutIfMatch(ctx, path, pool.Properties.ETag, body)
}
