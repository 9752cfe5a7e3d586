package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/client"
)

// logFlags say which log, and how much of it.
type logFlags struct {
	scope
	lotse, registry  bool
	follow, previous bool
	timestamps       bool
	tail             int64
	since            time.Duration
}

func newLogsCommand(s *session) *cobra.Command {
	f := &logFlags{}
	cmd := &cobra.Command{
		Use:   "logs {CLUSTER COMPONENT | --lotse | --registry}",
		Short: "Show the log of a control plane's component, or of Lotse itself",
		Long: "Show the log of a component of a cluster's control plane: " + strings.Join(v1alpha1.ComponentNames, ", ") + ";\n" +
			"or of Lotse itself. It needs role Owner at /.\n\n" +
			"Logs of nodes are not shown: a cluster's nodes belong to its customer, and their logs are not read without the customer's consent.\n" +
			"Customers read them with kubectl.",
		Args: f.check,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				names, _ := clusterNames(cmd, s)
				return names, cobra.ShellCompDirectiveNoFileComp
			}
			return v1alpha1.ComponentNames, cobra.ShellCompDirectiveNoFileComp
		},
	}
	f.addGroup(cmd, s)
	flags := cmd.Flags()
	flags.BoolVar(&f.lotse, "lotse", false, "the log of Lotse's front door and controllers")
	flags.BoolVar(&f.registry, "registry", false, "the log of Lotse's image registry")
	flags.BoolVarP(&f.follow, "follow", "f", false, "continue with new lines")
	flags.BoolVarP(&f.previous, "previous", "p", false, "the log of the previous container")
	flags.BoolVar(&f.timestamps, "timestamps", false, "prefix each line with its time")
	flags.Int64Var(&f.tail, "tail", -1, "only this many of the last lines; all if negative")
	flags.DurationVar(&f.since, "since", 0, "only lines newer than this")
	cmd.MarkFlagsMutuallyExclusive("lotse", "registry")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := s.open()
		if err != nil {
			return err
		}
		path, err := f.path(cmd.Context(), c, args)
		if err != nil {
			return err
		}
		return f.show(cmd.Context(), cmd.OutOrStdout(), c, path)
	}
	return cmd
}

// check the arguments: a cluster and a component, or none with --lotse or --registry.
func (f *logFlags) check(_ *cobra.Command, args []string) error {
	want := 2
	if f.lotse || f.registry {
		want = 0
	}
	if len(args) != want {
		return usage(errors.New("name a cluster and a component, or --lotse, or --registry"))
	}
	if f.since < 0 || f.since > 0 && f.since < time.Second {
		return usage(fmt.Errorf("--since %s is not at least a second", f.since))
	}
	return nil
}

func (f *logFlags) path(ctx context.Context, c *client.Client, args []string) (string, error) {
	switch {
	case f.lotse:
		return client.OwnLogsPath("lotse"), nil
	case f.registry:
		return client.OwnLogsPath("registry"), nil
	}
	group, err := groupOf(ctx, c, f.group, args[0])
	return c.ComponentLogsPath(group, args[0], args[1]), err
}

// groupOf is the group that was named, or that of the only cluster with this name.
func groupOf(ctx context.Context, c *client.Client, named, cluster string) (string, error) {
	if named != "" {
		return named, nil
	}
	documents, err := c.List(ctx, c.ClustersPath(""))
	if err != nil {
		return "", err
	}
	views, err := client.Views[client.Cluster](documents)
	if err != nil {
		return "", err
	}
	var groups []string
	for _, v := range views {
		if strings.EqualFold(v.Name, cluster) {
			groups = append(groups, v.Group())
		}
	}
	if len(groups) != 1 {
		return "", usage(fmt.Errorf("%d clusters of the subscription have the name %s; name the group with --group", len(groups), cluster))
	}
	return groups[0], nil
}

func (f *logFlags) query() string {
	q := url.Values{}
	for name, on := range map[string]bool{"follow": f.follow, "previous": f.previous, "timestamps": f.timestamps} {
		if on {
			q.Set(name, "true")
		}
	}
	if f.tail >= 0 {
		q.Set("tailLines", strconv.FormatInt(f.tail, 10))
	}
	if f.since > 0 {
		q.Set("sinceSeconds", strconv.FormatInt(int64(f.since.Seconds()), 10))
	}
	return q.Encode()
}

func (f *logFlags) show(ctx context.Context, w io.Writer, c *client.Client, path string) error {
	if q := f.query(); q != "" {
		path += "?" + q
	}
	log, err := c.Stream(ctx, path)
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = io.Copy(w, log)
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil // the user interrupted it
	}
	return err
}
