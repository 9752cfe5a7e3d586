package supervise

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// unitRunner keeps one unit running. Its only goroutine is run, apart from a probe in progress and the copying of output.
type unitRunner struct {
	unit       Unit
	record     *record
	supervisor *Supervisor
}

func (r *unitRunner) policy() Policy { return r.supervisor.Policy }
func (r *unitRunner) now() time.Time { return r.supervisor.Clock.Now() }
func (r *unitRunner) sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-r.supervisor.Clock.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// run returns when ctx ends and the unit has stopped.
func (r *unitRunner) run(ctx context.Context) {
	if !r.awaitDependencies(ctx) {
		return
	}
	for restarts := 0; ctx.Err() == nil; {
		err := r.passGates(ctx)
		if err == nil && r.unit.Task != nil {
			err = r.unit.Task(ctx, r.record.setMessage)
			if err == nil {
				r.record.healthy(true, "done")
				return
			}
		}
		var ended run
		if err == nil {
			ended = r.runOnce(ctx)
		} else if ctx.Err() == nil {
			r.record.event("failed: %s", err)
		}
		if ctx.Err() != nil {
			return
		}
		if ended.succeeded && r.unit.Every > 0 {
			restarts = 0
			r.record.healthy(true, fmt.Sprintf("done; runs again %s later", r.unit.Every))
			if !r.sleep(ctx, r.unit.Every) {
				return
			}
			continue
		}
		restarts = r.policy().restarts(restarts, ended, r.now())
		delay := r.policy().delay(restarts)
		r.record.setMessage("restarting in %s", delay)
		if !r.sleep(ctx, delay) {
			return
		}
		r.record.restarting()
	}
}

func (r *unitRunner) awaitDependencies(ctx context.Context) bool {
	for _, name := range r.unit.After {
		r.record.setMessage("waiting for %s", name)
		select {
		case <-r.supervisor.records[name].firstHealthy:
		case <-ctx.Done():
			return false
		}
	}
	r.record.setMessage("")
	return true
}

func (r *unitRunner) passGates(ctx context.Context) error {
	for _, gate := range r.unit.Gates {
		if err := gate(ctx, r.record.setMessage); err != nil {
			return err
		}
	}
	return nil
}

// runOnce starts the program and monitors it until it has exited.
func (r *unitRunner) runOnce(ctx context.Context) run {
	state := run{started: r.now()}
	select {
	case <-r.supervisor.restarts[r.unit.Name]: // it starts now
	default:
	}
	child, err := r.start()
	if err != nil {
		r.record.event("not started: %s", err)
		return state
	}
	r.record.started(child.Pid)
	if r.unit.Probe == nil {
		state = state.probed(nil, r.now())
		r.record.healthy(true, "")
	}
	state, exit := r.monitor(ctx, child, state)
	state.succeeded = exit.Ok()
	r.record.exited(exit, r.now())
	if ctx.Err() == nil {
		r.record.event("exited: %s", exit)
	}
	return state
}

// start the program with a pipe for its output. The copying ends when no process holds the pipe's other end any more, which may be a
// helper that outlives the program; closing the pipe earlier would kill that helper with SIGPIPE.
func (r *unitRunner) start() (*Child, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe for the output: %w", err)
	}
	defer write.Close()
	child, err := r.supervisor.Reaper.Start(Command{Args: r.unit.Args, Env: r.unit.Env, Output: write})
	if err != nil {
		read.Close()
		return nil, err
	}
	go copyOutput(r.unit.Output, read)
	return child, nil
}

// monitor waits until the program exits; it kills a program that hangs, and stops it when ctx ends.
func (r *unitRunner) monitor(ctx context.Context, child *Child, state run) (run, Exit) {
	results := make(chan error, 1)
	next := r.nextProbe(state)
	for {
		select {
		case exit := <-child.Exited:
			// Helpers left in its group would keep sockets and locks.
			child.Signal(syscall.SIGKILL)
			return state, exit
		case <-ctx.Done():
			return state, r.stop(child)
		case reason := <-r.supervisor.restarts[r.unit.Name]:
			r.record.event("restarting it: %s", reason)
			return state, r.stop(child)
		case <-next:
			next = nil
			go func() { results <- r.probe(ctx) }()
		case err := <-results:
			if ctx.Err() != nil {
				continue
			}
			state = state.probed(err, r.now())
			r.record.healthy(state.healthy(), state.lastFailure)
			if reason := r.policy().hung(state, r.now()); reason != "" {
				r.record.event("killing it: %s", reason)
				child.Signal(syscall.SIGKILL)
				return state, <-child.Exited
			}
			next = r.nextProbe(state)
		}
	}
}

func (r *unitRunner) nextProbe(state run) <-chan time.Time {
	if r.unit.Probe == nil {
		return nil
	}
	return r.supervisor.Clock.After(r.policy().interval(state))
}

func (r *unitRunner) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.policy().ProbeTimeout)
	defer cancel()
	return r.unit.Probe(ctx)
}

// stop sends SIGTERM, and SIGKILL if the program does not exit in time. SIGCONT lets a program that SIGSTOP holds receive SIGTERM.
func (r *unitRunner) stop(child *Child) Exit {
	r.record.setMessage("stopping")
	if r.unit.BeforeStop != nil {
		r.unit.BeforeStop()
	}
	child.Signal(syscall.SIGTERM)
	child.Signal(syscall.SIGCONT)
	select {
	case exit := <-child.Exited:
		child.Signal(syscall.SIGKILL)
		return exit
	case <-r.supervisor.Clock.After(r.policy().StopGrace):
		r.record.event("did not stop within %s; killing it", r.policy().StopGrace)
		child.Signal(syscall.SIGKILL)
		return <-child.Exited
	}
}
