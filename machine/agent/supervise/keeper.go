package supervise

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// keeper keeps one unit. keep is its only goroutine, apart from a probe that is under way and the copying of output.
type keeper struct {
	unit       Unit
	record     *record
	supervisor *Supervisor
}

func (k *keeper) policy() Policy { return k.supervisor.Policy }
func (k *keeper) now() time.Time { return k.supervisor.Clock.Now() }
func (k *keeper) sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-k.supervisor.Clock.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// keep returns when ctx ends and the unit has stopped.
func (k *keeper) keep(ctx context.Context) {
	if !k.awaitOthers(ctx) {
		return
	}
	for strikes := 0; ctx.Err() == nil; {
		err := k.passGates(ctx)
		if err == nil && k.unit.Task != nil {
			err = k.unit.Task(ctx, k.record.say)
			if err == nil {
				k.record.healthy(true, "done")
				return
			}
		}
		var ended run
		if err == nil {
			ended = k.runOnce(ctx)
		} else if ctx.Err() == nil {
			k.record.event("failed: %s", err)
		}
		if ctx.Err() != nil {
			return
		}
		strikes = k.policy().strikes(strikes, ended, k.now())
		pause := k.policy().delay(strikes)
		k.record.say("starting again in %s", pause)
		if !k.sleep(ctx, pause) {
			return
		}
		k.record.restarting()
	}
}

func (k *keeper) awaitOthers(ctx context.Context) bool {
	for _, name := range k.unit.After {
		k.record.say("waiting for %s", name)
		select {
		case <-k.supervisor.records[name].firstWell:
		case <-ctx.Done():
			return false
		}
	}
	k.record.say("")
	return true
}

func (k *keeper) passGates(ctx context.Context) error {
	for _, gate := range k.unit.Gates {
		if err := gate(ctx, k.record.say); err != nil {
			return err
		}
	}
	return nil
}

// runOnce starts the program and follows it until it has ended.
func (k *keeper) runOnce(ctx context.Context) run {
	r := run{started: k.now()}
	child, err := k.start()
	if err != nil {
		k.record.event("not started: %s", err)
		return r
	}
	k.record.started(child.Pid)
	if k.unit.Probe == nil {
		r = r.probed(nil, k.now())
		k.record.healthy(true, "")
	}
	r, exit := k.follow(ctx, child, r)
	k.record.exited(exit, k.now())
	if ctx.Err() == nil {
		k.record.event("ended: %s", exit)
	}
	return r
}

// start the program with a pipe for its output. The copying ends when the last holder of the pipe's other end is gone, which may be a
// helper that outlives the program; closing it earlier would kill that helper with SIGPIPE.
func (k *keeper) start() (*Child, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("making a pipe for the output: %w", err)
	}
	defer write.Close()
	child, err := k.supervisor.Reaper.Start(Command{Args: k.unit.Args, Env: k.unit.Env, Output: write})
	if err != nil {
		read.Close()
		return nil, err
	}
	go copyOutput(k.unit.Output, read)
	return child, nil
}

// follow waits for the program's end, which it brings about when the program hangs or ctx ends.
func (k *keeper) follow(ctx context.Context, child *Child, r run) (run, Exit) {
	answers := make(chan error, 1)
	next := k.nextProbe(r)
	for {
		select {
		case exit := <-child.Exited:
			// Helpers in its group would hold on to sockets and locks.
			child.Signal(syscall.SIGKILL)
			return r, exit
		case <-ctx.Done():
			return r, k.stop(child)
		case <-next:
			next = nil
			go func() { answers <- k.probe(ctx) }()
		case err := <-answers:
			if ctx.Err() != nil {
				continue
			}
			r = r.probed(err, k.now())
			k.record.healthy(r.healthy(), r.lastFailure)
			if reason := k.policy().hung(r, k.now()); reason != "" {
				k.record.event("killing it: %s", reason)
				child.Signal(syscall.SIGKILL)
				return r, <-child.Exited
			}
			next = k.nextProbe(r)
		}
	}
}

func (k *keeper) nextProbe(r run) <-chan time.Time {
	if k.unit.Probe == nil {
		return nil
	}
	return k.supervisor.Clock.After(k.policy().interval(r))
}

func (k *keeper) probe(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.policy().ProbeTimeout)
	defer cancel()
	return k.unit.Probe(ctx)
}

// stop asks the program to end, and kills it when it does not. SIGCONT lets a stopped program hear the request.
func (k *keeper) stop(child *Child) Exit {
	k.record.say("stopping")
	if k.unit.BeforeStop != nil {
		k.unit.BeforeStop()
	}
	child.Signal(syscall.SIGTERM)
	child.Signal(syscall.SIGCONT)
	select {
	case exit := <-child.Exited:
		child.Signal(syscall.SIGKILL)
		return exit
	case <-k.supervisor.Clock.After(k.policy().StopGrace):
		k.record.event("did not stop within %s; killing it", k.policy().StopGrace)
		child.Signal(syscall.SIGKILL)
		return <-child.Exited
	}
}
