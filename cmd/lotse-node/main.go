// Command lotse-node is PID 1 of every machine, and keeps the processes of the management cluster's host running. It is also the CNI plugin
// of the host's Pods: the container runtime calls it with CNI_COMMAND set.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"lotse.dev/machine/agent/cgroup"
	"lotse.dev/machine/agent/hook"
	"lotse.dev/machine/agent/host"
	"lotse.dev/machine/agent/node"
	"lotse.dev/machine/agent/status"
	"lotse.dev/machine/boot"
	"lotse.dev/management/cniplugin"
)

const usage = `usage:
  lotse-node machine                  turn this Pod into the node that ` + boot.MachineFile + ` describes
  lotse-node host --config FILE       keep the processes of the management cluster's host running
  lotse-node hook                     OCI hook (createRuntime) of machines with a user namespace; the state is on standard input
  lotse-node status [--socket S]      what the agent on this machine keeps running; exit code 1 if a process is not healthy`

var errUsage = errors.New(usage)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if cniplugin.Called() {
		os.Exit(cniplugin.Run(ctx))
	}
	if err := run(ctx, os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "lotse-node:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	switch args[0] {
	case "machine":
		file := flags.String("config", boot.MachineFile, "the machine's boot file")
		own := flags.Bool("own-cgroups", false, "the process is in its own cgroup namespace already")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return machine(ctx, *file, *own)
	case "host":
		file := flags.String("config", "", "the host's configuration")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return runHost(ctx, *file)
	case "hook":
		return hook.CreateRuntime(os.Stdin)
	case "status":
		socket := flags.String("socket", status.Socket, "the agent's socket")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return printStatus(ctx, *socket)
	}
	return errUsage
}

func machine(ctx context.Context, file string, own bool) error {
	if !own {
		return cgroup.Leave([]string{os.Args[0], "machine", "--own-cgroups", "--config", file})
	}
	m, err := node.Read(file)
	if err != nil {
		return err
	}
	return node.Run(ctx, m)
}

func runHost(ctx context.Context, file string) error {
	if file == "" {
		return errUsage
	}
	h, err := host.Read(file)
	if err != nil {
		return err
	}
	return host.Run(ctx, h)
}

func printStatus(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	report, err := status.Ask(ctx, socket)
	if err != nil {
		return err
	}
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return fmt.Errorf("printing the status: %w", err)
	}
	fmt.Println(string(text))
	if !report.Healthy {
		return errors.New("not every process is healthy; the messages above say why")
	}
	return nil
}
