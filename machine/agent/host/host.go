package host

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/logs"
	"lotse.dev/machine/agent/probe"
	"lotse.dev/machine/agent/status"
	"lotse.dev/machine/agent/supervise"
	"lotse.dev/machine/boot"
)

// Read the configuration that "lotse up" wrote.
func Read(file string) (boot.Host, error) {
	var h boot.Host
	text, err := os.ReadFile(file)
	if err != nil {
		return h, fmt.Errorf("no configuration of the host; `lotse up` writes it: %w", err)
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, fmt.Errorf("%s is damaged; run `lotse up` again: %w", file, err)
	}
	if h.StatusSocket == "" {
		h.StatusSocket = status.Socket
	}
	if h.LogDir == "" {
		return h, fmt.Errorf("%s lacks logDir; run `lotse up` again", file)
	}
	return h, nil
}

// Run the host's processes until ctx ends. Containers keep running unless their pods are deleted first.
func Run(ctx context.Context, h boot.Host) error {
	log := slog.New(slog.NewTextHandler(os.Stdout, nil))
	// A second agent would conflict with the first one over ports and data.
	if _, err := status.Ask(ctx, h.StatusSocket); err == nil {
		return fmt.Errorf("an agent answers on %s already; stop it first", h.StatusSocket)
	}
	if err := connect(h.Links); err != nil {
		return err
	}
	raise("/proc/sys", h.Minimums, log)
	units, err := units(h)
	if err != nil {
		return err
	}
	reaper, err := supervise.NewReaper()
	if err != nil {
		return err
	}
	s := &supervise.Supervisor{Reaper: reaper, Policy: supervise.DefaultPolicy, Clock: clock.RealClock{}, Log: log}
	if err := s.Add(units...); err != nil {
		return err
	}
	if err := status.Serve(ctx, h.StatusSocket, s.Report); err != nil {
		return err
	}
	log.Info("host started", "processes", len(units))
	s.Run(ctx)
	return nil
}

func units(h boot.Host) ([]supervise.Unit, error) {
	var all []supervise.Unit
	for _, p := range h.Processes {
		output, err := logs.Open(h.LogDir, p.Name, logs.Limit)
		if err != nil {
			return nil, err
		}
		all = append(all, supervise.Unit{
			Name: p.Name, After: p.After, Args: p.Args, Env: p.Env, Probe: probe.Of(p.Probe), Output: output,
			Every: time.Duration(p.EverySeconds) * time.Second,
		})
	}
	return all, nil
}
