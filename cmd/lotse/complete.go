package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

// completes offers names for a flag's value. A shell waits for them, so a slow or failed request offers nothing.
func completes(cmd *cobra.Command, flag string, names func(*cobra.Command) ([]string, error)) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
		found, err := names(cmd)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	})
	if err != nil {
		cobra.CheckErr(err) // the flag does not exist: a programming error that the first run shows
	}
}

func groupNames(cmd *cobra.Command, s *session) ([]string, error) {
	return listNames(cmd, s, func(c *client.Client) string { return c.GroupsPath() })
}

func clusterNames(cmd *cobra.Command, s *session) ([]string, error) {
	group := cmd.Flag("group").Value.String()
	return listNames(cmd, s, func(c *client.Client) string { return c.ClustersPath(group) })
}

func poolNames(cmd *cobra.Command, s *session) ([]string, error) {
	group, cluster := cmd.Flag("group").Value.String(), cmd.Flag("cluster-name").Value.String()
	if group == "" || cluster == "" {
		return nil, nil
	}
	return listNames(cmd, s, func(c *client.Client) string { return c.NodePoolsPath(group, cluster) })
}

func listNames(cmd *cobra.Command, s *session, path func(*client.Client) string) ([]string, error) {
	c, err := s.open()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), 3*time.Second)
	defer cancel()
	documents, err := c.List(ctx, path(c))
	if err != nil {
		return nil, err
	}
	named, err := client.Views[struct {
		Name string `json:"name"`
	}](documents)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(named))
	for i, n := range named {
		names[i] = n.Name
	}
	return names, nil
}
