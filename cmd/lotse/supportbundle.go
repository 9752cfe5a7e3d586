package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/clock"
	kubernetes "sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/client"
	"lotse.dev/machine/agent/status"
	"lotse.dev/management/bundle"
	"lotse.dev/management/host"
)

// bundleFlags say what to collect, and the file to write.
type bundleFlags struct{ data, kubeconfig, file, socket string }

func newSupportBundleCommand(s *session) *cobra.Command {
	f := bundleFlags{}
	cmd := &cobra.Command{
		Use: "support-bundle", Short: "Collect everything needed for a diagnosis in one file", Args: cobra.NoArgs,
		Long: `Collect everything needed for a diagnosis in one file (tar.gz): status, versions, all of Lotse's objects and events, the logs of Lotse, of
control planes and of this host's programs, the newest lines of the audit log, and facts about the host. It works as root on Lotse's host,
also when Lotse is down: a part that cannot be collected is a file that says why. With --kubeconfig the logs come through that cluster's API
and the audit log through the front door, and hosts are left out.

It holds no Secrets, keys, tokens or kubeconfigs, and nothing of the customers' nodes. Names of clusters, groups, people and
addresses are in it: check it before you send it to others.`,
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
	return printEntries(w, f.file, entries)
}

func (f bundleFlags) parts(s *session) []bundle.Part {
	d := host.Data(f.data)
	if f.kubeconfig != "" {
		return []bundle.Part{
			{Name: "status", Collect: f.status(s)},
			bundle.Objects(f.connect),
			bundle.ContainerLogs(f.readLogs),
			bundle.Audit("", auditLines(s)),
		}
	}
	f.kubeconfig = d.ManagementKubeconfig()
	return []bundle.Part{
		{Name: "status", Collect: f.status(s)},
		bundle.Objects(f.connect),
		bundle.Logs(d.Logs()),
		bundle.Audit(d.Volumes(), auditLines(s)),
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

// auditLines of the front door, as many as it returns at once.
func auditLines(s *session) func(context.Context) ([]byte, error) {
	return func(ctx context.Context) ([]byte, error) {
		c, err := s.open()
		if err != nil {
			return nil, err
		}
		records, err := c.List(ctx, client.AuditPath("", url.Values{"$top": {"10000"}}))
		if err != nil {
			return nil, err
		}
		var lines bytes.Buffer
		for _, r := range records {
			lines.Write(append(r, '\n'))
		}
		return lines.Bytes(), nil
	}
}

func (f bundleFlags) config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", f.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("the management cluster: %w", err)
	}
	config.Timeout, config.QPS = 10*time.Second, -1 // the API server's own fairness is enough
	return config, nil
}

func (f bundleFlags) connect() (kubernetes.Client, error) {
	config, err := f.config()
	if err != nil {
		return nil, err
	}
	return kubernetes.New(config, kubernetes.Options{})
}

func (f bundleFlags) readLogs() (kubernetes.Client, bundle.Read, error) {
	c, err := f.connect()
	if err != nil {
		return nil, nil, err
	}
	config, err := f.config()
	if err != nil {
		return nil, nil, err
	}
	set, err := clientset.NewForConfig(config)
	if err != nil {
		return nil, nil, err
	}
	return c, func(ctx context.Context, namespace, pod string, o *corev1.PodLogOptions) (io.ReadCloser, error) {
		return set.CoreV1().Pods(namespace).GetLogs(pod, o).Stream(ctx)
	}, nil
}

func printEntries(w io.Writer, file string, entries []bundle.Entry) error {
	rows := [][]string{}
	for _, e := range entries {
		note := ""
		if e.Problem != nil {
			note = "incomplete: " + firstLine(e.Problem.Error())
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
	_, err = fmt.Fprintf(w,
		"\n%s\nIt holds no secrets and nothing of the customers' nodes, but names and addresses: check it before you send it to others.\n", absolute)
	return err
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
