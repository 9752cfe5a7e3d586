// Command runcommand is what the Pod of a command (az aks command invoke) runs: it lays the attached files out, runs the command line with a shell,
// and reports how it ended into a Secret of the cluster. The report is not the Pod's log, because whoever may see Pods may read that.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// patience is how long the report is tried again: an API server that hangs is back by then. lastPatience is what is left of it when the Pod is told
// to end; it fits into the time that a Pod gets for that.
const (
	patience     = 3 * time.Minute
	lastPatience = 20 * time.Second
)

func main() {
	input := flag.String("input", "/etc/lotse/command", "directory with the command, the kubeconfig, and the credential for the report")
	files := flag.String("files", "/etc/lotse/files", "directory with the attached files, as a volume of a Secret")
	directory := flag.String("directory", "/command-files", "where the command runs, with a copy of the attached files")
	to := flag.String("report", "", "URL of the Secret that the report is written into")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := serve(ctx, *input, *files, *directory, *to); err != nil {
		fmt.Fprintln(os.Stderr, "runcommand:", err)
		os.Exit(1)
	}
}

// serve runs the command and reports. Whatever keeps the command from running is reported too.
func serve(ctx context.Context, input, files, directory, to string) error {
	r, err := newReporter(input, to)
	if err != nil {
		return err
	}
	result, output := Result{StartedAt: time.Now().UTC()}, &bounded{most: maxOutput}
	if err := prepare(files, directory); err != nil {
		result.ExitCode, result.Reason = notRun, fmt.Sprintf("The attached files could not be laid out: %v.", err)
	} else if line, err := os.ReadFile(filepath.Join(input, "command")); err != nil {
		result.ExitCode, result.Reason = notRun, fmt.Sprintf("The command could not be read: %v.", err)
	} else {
		result.ExitCode, result.Reason = run(ctx, string(line), directory, filepath.Join(input, "kubeconfig"), output)
	}
	result.FinishedAt = time.Now().UTC()
	// The command may have been ended by the signal that ends ctx; the report still has to be written.
	reporting, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastPatience, cancel) })()
	return r.report(reporting, result, output.Bytes())
}

// prepare copies the attached files, so that the command may change them. A volume of a Secret shows them through the link ..data.
func prepare(files, directory string) error {
	source := filepath.Join(files, "..data")
	if _, err := os.Stat(source); os.IsNotExist(err) {
		return nil
	}
	return os.CopyFS(directory, os.DirFS(source))
}
