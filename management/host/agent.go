package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"lotse.dev/management/teardown"
)

// guard is a shell that moves into the control groups given as arguments, so that the agent has no child outside, and starts the agent
// again whenever it ends unasked, as systemd does where it runs.
const guard = `while [ "$1" != -- ]; do echo $$ >"$1" || exit 1; shift; done; shift; until "$@"; do sleep 1; done`

func (d Data) command() []string {
	return []string{filepath.Join(d.Bin(), "lotse-node"), "host", "--config", d.Config()}
}

// Agent is the process ID of the running agent, 0 if none runs. The process table is asked and no file: a process ID in a file may
// have become another process's.
func Agent(d Data) (int, error) {
	all, err := teardown.Table()
	if err != nil {
		return 0, err
	}
	for pid, p := range all {
		if slices.Equal(p.Args, d.command()) {
			return pid, nil
		}
	}
	return 0, nil
}

// startAgent starts the agent as a daemon of its own, or as a unit where systemd runs.
func startAgent(s Spec) error {
	if s.Systemd {
		return startUnit(s.Data)
	}
	groups, err := makeCgroups()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(s.Data.Log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("log of the agent: %w", err)
	}
	defer log.Close() // the agent has its own descriptor
	args := append([]string{"-c", guard, "lotse"}, append(append(groups, "--"), s.Data.command()...)...)
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the agent: %w", err)
	}
	go cmd.Wait() //nolint:errcheck // only so that it does not stay a zombie while we wait for the cluster
	return nil
}

// stopAgent ends the agent and its processes; the containers go on. systemd is told so that it does not start the agent again.
func stopAgent(ctx context.Context, d Data) error {
	if err := errors.Join(stopUnit(), stopGuard(d)); err != nil {
		return err
	}
	pid, err := Agent(d)
	if err != nil || pid == 0 {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the agent: %w", err)
	}
	err = wait(ctx, 20*time.Second, func(context.Context) error {
		if now, err := Agent(d); err != nil || now == pid {
			return errors.Join(err, fmt.Errorf("the agent (process %d) does not stop", pid))
		}
		return nil
	})
	if err == nil {
		return nil
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// stopGuard ends the shells that would start an agent again; the agent goes on.
func stopGuard(d Data) error {
	all, err := teardown.Table()
	if err != nil {
		return err
	}
	for pid, p := range all {
		if !guards(p.Args, d) {
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the agent's guard: %w", err)
		}
	}
	return nil
}

// guards says whether these are the arguments of a shell that guards this installation's agent.
func guards(args []string, d Data) bool {
	command := d.command()
	return len(args) > len(command) && slices.Contains(args, guard) && slices.Equal(args[len(args)-len(command):], command)
}

// lock keeps two of us from working on one data directory. It ends with the process.
func lock(d Data) (unlock func(), err error) {
	f, err := os.OpenFile(d.in(".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", d, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another lotse up, down or purge works on %s; wait for it to end", d)
	}
	return func() { _ = f.Close() }, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
