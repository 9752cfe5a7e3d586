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

// restartLoop is a shell script that enters the cgroups given as arguments, so that the agent has no child outside them, and restarts the
// agent whenever it fails, as systemd does where it runs.
const restartLoop = `while [ "$1" != -- ]; do echo $$ >"$1" || exit 1; shift; done; shift; until "$@"; do sleep 1; done`

func (d Data) command() []string {
	return []string{filepath.Join(d.Bin(), "lotse-node"), "host", "--config", d.Config()}
}

// Agent returns the process ID of the running agent, 0 if none runs. It searches the process table: a process ID in a file could belong to
// another process by now.
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

// startAgent starts the agent as a unit where systemd runs, otherwise as a daemon.
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
	args := append([]string{"-c", restartLoop, "lotse"}, append(append(groups, "--"), s.Data.command()...)...)
	cmd := exec.Command("/bin/sh", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the agent: %w", err)
	}
	go cmd.Wait() //nolint:errcheck // reaps the process if it ends while this one waits for the cluster
	return nil
}

// stopAgent stops the agent and its processes; containers keep running. Where systemd runs, its unit is stopped first.
func stopAgent(ctx context.Context, d Data) error {
	if err := errors.Join(stopUnit(), stopRestartLoop(d)); err != nil {
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

// stopRestartLoop ends the shells that would restart an agent; the agent keeps running.
func stopRestartLoop(d Data) error {
	all, err := teardown.Table()
	if err != nil {
		return err
	}
	for pid, p := range all {
		if !isRestartLoop(p.Args, d) {
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the agent's restart loop: %w", err)
		}
	}
	return nil
}

// isRestartLoop reports whether these are the arguments of the shell that restarts this installation's agent.
func isRestartLoop(args []string, d Data) bool {
	command := d.command()
	return len(args) > len(command) && slices.Contains(args, restartLoop) && slices.Equal(args[len(args)-len(command):], command)
}

// Lock makes this the only process that changes the data directory. The lock ends with the process.
func Lock(d Data) (unlock func(), err error) {
	f, err := os.OpenFile(d.in(".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", d, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("another lotse up, down or purge is running on %s; wait for it to end", d)
	}
	return func() { _ = f.Close() }, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
