package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

// session has the values of the flags that all client verbs share.
type session struct {
	credentials    string
	subscriptionID string
	format         format
}

// open reads the credential and makes a client.
func (s *session) open() (*client.Client, error) {
	credential, err := client.ReadCredential(s.credentials)
	if err != nil {
		return nil, err
	}
	if s.subscriptionID != "" {
		credential.SubscriptionID = s.subscriptionID
	}
	return client.New(credential)
}

// scope is the group, cluster and resource that a verb is about.
type scope struct{ group, cluster, name string }

func (sc *scope) addGroup(cmd *cobra.Command, s *session) {
	cmd.Flags().StringVarP(&sc.group, "group", "g", os.Getenv("LOTSE_GROUP"), "resource group (LOTSE_GROUP)")
	completes(cmd, "group", func(cmd *cobra.Command) ([]string, error) { return groupNames(cmd, s) })
}

func (sc *scope) addName(cmd *cobra.Command, of string, names func(*cobra.Command) ([]string, error)) {
	cmd.Flags().StringVarP(&sc.name, "name", "n", "", "name of the "+of)
	completes(cmd, "name", names)
}

func (sc *scope) addCluster(cmd *cobra.Command, s *session) {
	cmd.Flags().StringVar(&sc.cluster, "cluster-name", os.Getenv("LOTSE_CLUSTER"), "cluster (LOTSE_CLUSTER)")
	completes(cmd, "cluster-name", func(cmd *cobra.Command) ([]string, error) { return clusterNames(cmd, s) })
}

// require refuses empty flags by name.
func require(cmd *cobra.Command, flags ...string) error {
	for _, f := range flags {
		if cmd.Flag(f).Value.String() == "" {
			return usage(fmt.Errorf("%s needs --%s", cmd.CommandPath(), f))
		}
	}
	return nil
}

// waitFlags say how a verb that starts an operation waits for it.
type waitFlags struct {
	noWait  bool
	timeout time.Duration
}

func (w *waitFlags) addFlags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.noWait, "no-wait", false, "return when the operation is accepted")
	cmd.Flags().DurationVar(&w.timeout, "timeout", 30*time.Minute, "how long to wait for the operation, which continues after that")
}

// await follows an operation, showing its progress on the command's error stream.
func (w *waitFlags) await(cmd *cobra.Command, what string, o *client.Operation) error {
	if w.noWait {
		return nil
	}
	return follow(cmd.Context(), cmd.ErrOrStderr(), what, o, w.timeout)
}

func follow(ctx context.Context, w io.Writer, what string, o *client.Operation, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	line := newProgress(w, what)
	err := o.Wait(ctx, line.show)
	line.end(err)
	return err
}
