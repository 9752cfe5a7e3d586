package bundle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"

	"lotse.dev/machine/agent/status"
)

// Machine describes the host: kernel, load, disks, network, processes, preflight. tables returns the installation's packet filter tables.
func Machine(data, socket string, tables func() ([]string, error), preflight func() (any, error)) Part {
	return Part{"machine", func(ctx context.Context, add Add) error {
		var failed []error
		for _, file := range []string{
			"/proc/version", "/proc/cmdline", "/proc/meminfo", "/proc/loadavg", "/proc/uptime", "/proc/pressure/cpu", "/proc/pressure/memory",
			"/proc/pressure/io", "/proc/self/cgroup", "/proc/cgroups", "/etc/os-release",
		} {
			if content, err := os.ReadFile(file); err == nil { // not every kernel has all of them
				add(strings.ReplaceAll(strings.TrimPrefix(file, "/"), "/", "-"), content)
			}
		}
		commands := [][]string{{"df", "-h", data}, {"df", "-i", data}, {"ip", "-brief", "address"}, {"ip", "route"}}
		all, err := tables()
		failed = append(failed, err)
		for _, t := range all {
			commands = append(commands, append([]string{"nft", "list", "table"}, strings.Fields(t)...))
		}
		for _, c := range commands {
			failed = append(failed, output(ctx, add, c...))
		}
		failed = append(failed, processes(ctx, socket, add), findings(preflight, add))
		return errors.Join(failed...)
	}}
}

func output(ctx context.Context, add Add, command ...string) error {
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, bytes.TrimSpace(out))
	}
	add(strings.NewReplacer("/", "", " ", "-").Replace(strings.Join(command, " ")), out)
	return nil
}

// processes adds the processes of the host's agent. Processes of machines are the customers'.
func processes(ctx context.Context, socket string, add Add) error {
	report, err := status.Ask(ctx, socket)
	if err != nil {
		return err
	}
	for _, p := range report.Processes {
		if p.PID == 0 {
			continue
		}
		if content, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(p.PID), "status")); err == nil {
			add("process-"+clean(strings.ReplaceAll(p.Name, "/", "-")), content)
		}
	}
	content, err := yaml.Marshal(report)
	if err == nil {
		add("agent.yaml", content)
	}
	return err
}

func findings(preflight func() (any, error), add Add) error {
	found, err := preflight()
	if err != nil {
		return fmt.Errorf("preflight: %w", err)
	}
	content, err := yaml.Marshal(found)
	if err == nil {
		add("preflight.yaml", content)
	}
	return err
}
