package teardown

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Stop stops every process of the installation and returns when none is left. Processes of containers get SIGTERM and the grace period; then
// all are killed.
func (s Scope) Stop(ctx context.Context, gracePeriod time.Duration) error {
	signalled := map[int]bool{}
	deadline := time.Now().Add(gracePeriod)
	for {
		left, err := s.Processes()
		if err != nil || len(left) == 0 {
			return err
		}
		late := time.Now().After(deadline) || onlyShims(left)
		for _, p := range left {
			switch {
			case late || p.KillAtOnce() && !p.Shim():
				err = kill(p.PID, syscall.SIGKILL)
			case !signalled[p.PID] && !p.Shim():
				signalled[p.PID] = true
				err = kill(p.PID, syscall.SIGTERM)
			}
			if err != nil {
				return err
			}
		}
		if time.Now().After(deadline.Add(30 * time.Second)) {
			return fmt.Errorf("%s does not end after SIGKILL; it may hang in the kernel, see /proc/%d/stack", left[0], left[0].PID)
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}

func onlyShims(all []Process) bool {
	for _, p := range all {
		if !p.Shim() {
			return false
		}
	}
	return true
}

func kill(pid int, signal syscall.Signal) error {
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop process %d: %w", pid, err)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
