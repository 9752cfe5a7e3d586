package node

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/logs"
	"lotse.dev/machine/agent/settings"
	"lotse.dev/machine/agent/status"
	"lotse.dev/machine/agent/supervise"
	"lotse.dev/machine/agent/trust"
	"lotse.dev/machine/agent/userns"
	"lotse.dev/machine/boot"
)

// Read the machine's boot file.
func Read(file string) (boot.Machine, error) {
	var m boot.Machine
	text, err := os.ReadFile(file)
	if err != nil {
		return m, fmt.Errorf("no boot file; mount the machine's Secret at %s: %w", file, err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		// The text holds a secret, so the message does not quote it.
		return m, fmt.Errorf("%s is damaged; write the machine's Secret again: %w", file, err)
	}
	return m, check(m)
}

func check(m boot.Machine) error {
	for _, field := range []struct{ name, value string }{
		{"nodeName", m.NodeName}, {"apiServer", m.APIServer}, {"clusterCA", m.ClusterCA}, {"pauseImage", m.PauseImage},
	} {
		if field.value == "" {
			return fmt.Errorf("the machine's boot file lacks %s; write the machine's Secret again", field.name)
		}
	}
	if m.Size.CPUs < 1 || m.Size.MemoryBytes < 1<<28 {
		return fmt.Errorf("a node cannot run with %d processors and %d bytes of memory; correct size in the machine's boot file",
			m.Size.CPUs, m.Size.MemoryBytes)
	}
	return nil
}

// Run the machine until ctx ends. The process must have left the host's cgroup namespace (cgroup.Leave).
func Run(ctx context.Context, m boot.Machine) error {
	output := logs.Share(os.Stdout)
	log := slog.New(slog.NewTextHandler(output.Named("lotse-node"), nil))
	if err := prepare(m, log); err != nil {
		return err
	}
	pulls := pullToken{file: boot.PullTokenFile, clock: clock.RealClock{}, log: log, give: giveContainerd(m.Registry)}
	token, err := pulls.read()
	if err != nil {
		return err
	}
	own, err := userns.Own()
	if err != nil {
		return err
	}
	authorities, err := givenTrust()
	if err != nil {
		return err
	}
	files, err := settings.Files(m, settings.Facts{
		UserNamespace: own, SysResource: hasSysResource() && !own, PullToken: token, Trust: authorities,
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := f.Write(); err != nil {
			return err
		}
	}
	go pulls.keep(ctx, token)
	reaper, err := supervise.NewReaper()
	if err != nil {
		return err
	}
	s := &supervise.Supervisor{Reaper: reaper, Policy: supervise.DefaultPolicy, Clock: clock.RealClock{}, Log: log}
	units, err := units(ctx, m, reaper, output)
	if err != nil {
		return err
	}
	if err := s.Add(units...); err != nil {
		return err
	}
	if err := status.Serve(ctx, status.Socket, s.Report); err != nil {
		return err
	}
	if err := status.ServeHealth(ctx, fmt.Sprintf(":%d", boot.HealthPort), s.Report); err != nil {
		return err
	}
	keeper := trust.Keeper{Machine: machineTrust{chooser(m), s}, Clock: clock.RealClock{}, Log: log}
	go keeper.Keep(ctx)
	log.Info("machine started", "node", m.NodeName, "cpus", m.Size.CPUs, "memoryBytes", m.Size.MemoryBytes)
	s.Run(ctx)
	supervise.TerminateAll(time.Second)
	return nil
}
