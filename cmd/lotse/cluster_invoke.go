package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"lotse.dev/client"
)

func newClusterInvokeCommand(s *session) *cobra.Command {
	cmd := &cobra.Command{
		Use: "invoke -g GROUP -n NAME --command LINE", Short: "Run a command line in a Pod of a cluster", Args: cobra.NoArgs,
		Long: "Run a command line in a Pod of a cluster, with your own rights there, and print its output. There are a shell, the tools of busybox and\n" +
			"kubectl. It ends with the command's exit code. With -o json the result is printed as the front door has it.",
		Example: `  lotse cluster invoke -g demo -n demo --command "kubectl get pods -n kube-system"` + "\n" +
			`  lotse cluster invoke -g demo -n demo --command "kubectl apply -f app.yaml" --file app.yaml`,
	}
	sc := clusterScope(cmd, s)
	line := cmd.Flags().String("command", "", "what a shell in the cluster runs")
	files := cmd.Flags().StringArrayP("file", "f", nil, "file to put into the command's working directory, without its own directory; may be repeated")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := require(cmd, "group", "name", "command"); err != nil {
			return err
		}
		archive, err := attach(*files)
		if err != nil {
			return usage(err)
		}
		c, err := s.open()
		if err != nil {
			return err
		}
		document, err := c.RunCommand(cmd.Context(), sc.group, sc.name, *line, archive)
		if err != nil {
			return err
		}
		result, err := client.View[client.CommandResult](document)
		if err != nil {
			return err
		}
		return printResult(cmd.OutOrStdout(), s.format, document, result)
	}
	return cmd
}

// printResult prints what the command printed, and ends as it ended.
func printResult(w io.Writer, f format, document json.RawMessage, result client.CommandResult) error {
	p := result.Properties
	if f.String() == "table" {
		fmt.Fprint(w, p.Logs)
	} else if err := encode(w, f, document); err != nil {
		return err
	}
	if p.ProvisioningState != "Succeeded" {
		return fmt.Errorf("command %s: %s", result.ID, p.Reason)
	}
	if p.ExitCode != 0 {
		return childExit(p.ExitCode)
	}
	return nil
}

// attach files, as az does: each by its own name.
func attach(files []string) ([]byte, error) {
	if len(files) == 0 {
		return nil, nil
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range files {
		if err := pack(w, name); err != nil {
			return nil, fmt.Errorf("--file %s: %w", name, err)
		}
	}
	err := w.Close()
	return b.Bytes(), err
}

func pack(w *zip.Writer, name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	entry, err := w.Create(filepath.Base(name))
	if err != nil {
		return err
	}
	_, err = io.Copy(entry, file)
	return err
}
