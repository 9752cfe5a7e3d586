package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/clock"
	kubernetes "sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/machine/agent/status"
	"lotse.dev/management/bundle"
	"lotse.dev/management/host"
)

// bundleFlags say what to collect, and where to.
type bundleFlags struct{ data, kubeconfig, file, socket string }

func newSupportBundleCommand(s *session) *cobra.Command {
	f := bundleFlags{}
	cmd := &cobra.Command{
		Use: "support-bundle", Short: "Collect in one file what is needed to find out what is wrong", Args: cobra.NoArgs,
		Long: `Collect in one file (tar.gz) what is needed to find out what is wrong: status, versions, all of Lotse's objects and events, the
logs of Lotse, of control planes and of this host's programs, and what the host is like. It works as root on Lotse's host, also
when Lotse is down: what cannot be had is a file that says why.

It holds no Secrets, keys, tokens or kubeconfigs, and nothing of the customers' nodes. Names of clusters, groups, people and
addresses are in it: look before you give it away.`,
	}
	flags := cmd.Flags()
	flags.StringVar(&f.data, "data-dir", dataDir, "where the installation is kept")
	flags.StringVar(&f.kubeconfig, "kubeconfig", "", "the management cluster, if it is not this host's own")
	flags.StringVarP(&f.file, "output", "o", "", "the file to write (default lotse-support-TIME.tar.gz)")
	flags.StringVar(&f.socket, "agent-socket", status.Socket, "where the host's node agent answers")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return f.write(cmd.Context(), cmd.OutOrStdout(), s) }
	return cmd
}

func (f bundleFlags) write(ctx context.Context, w io.Writer, s *session) error {
	now := clock.RealClock{}.Now()
	name := "lotse-support-" + now.UTC().Format("20060102-150405")
	if f.file == "" {
		f.file = name + ".tar.gz"
	}
	file, err := os.OpenFile(f.file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("support bundle: %w", err)
	}
	entries, err := bundle.Write(ctx, file, name, now, f.parts(s))
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return told(w, f.file, entries)
}

func (f bundleFlags) parts(s *session) []bundle.Part {
	d := host.Data(f.data)
	if f.kubeconfig == "" {
		f.kubeconfig = d.ManagementKubeconfig()
	}
	return []bundle.Part{
		{Name: "status", Collect: f.status(s)},
		bundle.Objects(f.connect),
		bundle.Logs(d.Logs()),
		bundle.Machine(f.data, f.socket, d.Tables, func() (any, error) { return host.Options{Data: d, Listen: "127.0.0.1:8443"}.Examine() }),
	}
}

// status as "lotse status" shows it, and versions.
func (f bundleFlags) status(s *session) func(context.Context, bundle.Add) error {
	return func(ctx context.Context, add bundle.Add) error {
		add("version", []byte(ownVersion()+"\n"))
		c, err := s.open()
		if err != nil {
			return err
		}
		h := examine(ctx, c)
		h.Processes = hostProcesses(ctx, f.socket)
		content, err := json.MarshalIndent(h, "", "  ")
		if err == nil {
			add("status.json", content)
		}
		return err
	}
}

func (f bundleFlags) connect() (kubernetes.Client, error) {
	config, err := clientcmd.BuildConfigFromFlags("", f.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("the management cluster: %w", err)
	}
	config.Timeout = 10 * time.Second
	return kubernetes.New(config, kubernetes.Options{})
}

func told(w io.Writer, file string, entries []bundle.Entry) error {
	rows := [][]string{}
	for _, e := range entries {
		note := ""
		if e.Problem != nil {
			note = "not all: " + firstLine(e.Problem.Error())
		}
		rows = append(rows, []string{e.Part, fmt.Sprint(e.Files), fmt.Sprintf("%d KiB", (e.Bytes+1023)>>10), note})
	}
	if err := grid(w, []string{"PART", "FILES", "SIZE", "NOTE"}, rows); err != nil {
		return err
	}
	absolute, err := filepath.Abs(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\n%s\nIt holds no secrets and nothing of the customers' nodes, but names and addresses: look before you give it away.\n", absolute)
	return err
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
