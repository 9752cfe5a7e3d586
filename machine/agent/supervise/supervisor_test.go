package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/status"
)

// The tests share one Reaper, as a process has to.
var reaper = sync.OnceValues(NewReaper)

var fast = Policy{
	FirstDelay: 10 * time.Millisecond, MaxDelay: 50 * time.Millisecond, ResetAfter: time.Minute,
	ProbePeriod: 20 * time.Millisecond, RetryPeriod: 20 * time.Millisecond, ProbeTimeout: 200 * time.Millisecond, FailuresToKill: 3,
	StartGrace: 5 * time.Second, StopGrace: 300 * time.Millisecond,
}

// supervised runs units until the test ends or stop is called.
func supervised(t *testing.T, units ...Unit) (s *Supervisor, stop func()) {
	t.Helper()
	r, err := reaper()
	if err != nil {
		t.Fatal(err)
	}
	s = &Supervisor{Reaper: r, Policy: fast, Clock: clock.RealClock{}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if err := s.Add(units...); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() { s.Run(ctx) })
	stop = func() { cancel(); done.Wait() }
	t.Cleanup(stop)
	return s, stop
}

func process(s *Supervisor, name string) status.Process {
	return s.records[name].snapshot()
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("not within 10 s: %s", what)
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func shell(name, script string) Unit { return Unit{Name: name, Args: []string{"sh", "-c", script}} }

func TestAProgramThatExitsIsRestarted(t *testing.T) {
	s, _ := supervised(t, shell("crash", "exit 3"))
	eventually(t, "three restarts", func() bool { return process(s, "crash").Restarts >= 3 })
	if exit := process(s, "crash").LastExit; exit == nil || exit.Code != 3 || exit.Reason != "exit code 3" {
		t.Errorf("last exit %+v", exit)
	}
}

func TestAProgramThatEndsIsRunAgainInTime(t *testing.T) {
	again, once := filepath.Join(t.TempDir(), "again"), filepath.Join(t.TempDir(), "once")
	often, rarely := shell("often", "echo x >>"+again), shell("rarely", "echo x >>"+once)
	often.Every, rarely.Every = 20*time.Millisecond, time.Hour
	failing := shell("failing", "exit 1")
	failing.Every = time.Hour
	s, _ := supervised(t, often, rarely, failing)
	eventually(t, "it has run three times", func() bool { text, _ := os.ReadFile(again); return len(text) >= len("x\nx\nx\n") })
	eventually(t, "one that failed is tried again soon", func() bool { return process(s, "failing").Restarts >= 3 })
	eventually(t, "one that has succeeded is healthy until its next run", func() bool {
		p := process(s, "rarely")
		return p.Healthy && !p.Running && p.Restarts == 0 && p.Message == "done; runs again 1h0m0s later"
	})
	if text, _ := os.ReadFile(once); string(text) != "x\n" {
		t.Errorf("it has printed %q", text)
	}
}

func TestAProgramIsRestartedOnRequest(t *testing.T) {
	s, _ := supervised(t, shell("steady", "exec sleep 60"), shell("other", "exec sleep 60"))
	eventually(t, "healthy", func() bool { return s.Report().Healthy })
	first, other := process(s, "steady").PID, process(s, "other").PID
	s.Restart("steady", "its configuration has changed")
	s.Restart("nothing", "there is no such unit")
	eventually(t, "another process", func() bool { return s.Report().Healthy && process(s, "steady").PID != first })
	if alive(first) || process(s, "other").PID != other {
		t.Error("the first process lives on, or another unit was restarted too")
	}
}

func TestAStoppedProgramIsKilledAndRestarted(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "beat")
	u := shell("beat", "while :; do date +%s%N > "+pidFile+"; sleep 0.01; done")
	last := ""
	u.Probe = func(context.Context) error {
		now, err := os.ReadFile(pidFile)
		if err == nil && string(now) == last {
			err = errors.New("no new heartbeat")
		}
		last = string(now)
		return err
	}
	s, _ := supervised(t, u)
	eventually(t, "healthy", func() bool { return s.Report().Healthy })
	first := process(s, "beat").PID
	if err := syscall.Kill(-first, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another process is healthy", func() bool { p := process(s, "beat"); return p.Healthy && p.PID != first })
	p := process(s, "beat")
	if p.LastExit.Code != 137 || !strings.Contains(fmt.Sprint(p.Events), "failed its probe 3 times in a row: no new heartbeat") {
		t.Errorf("%+v", p)
	}
}

func TestAProgramStartsOnlyAfterItsDependenciesAreHealthy(t *testing.T) {
	marker := filepath.Join(t.TempDir(), "ready")
	base := shell("base", "sleep 0.2; touch "+marker+"; sleep 60")
	base.Probe = func(context.Context) error { _, err := os.Stat(marker); return err }
	next := shell("next", "test -e "+marker+" && sleep 60")
	next.After = []string{"base"}
	s, _ := supervised(t, next, base)
	eventually(t, "it waits", func() bool { return process(s, "next").Message == "waiting for base" })
	eventually(t, "both are healthy", func() bool { return s.Report().Healthy })
	if n := process(s, "next").Restarts; n != 0 {
		t.Errorf("%d restarts", n)
	}
}

func TestATaskIsRepeatedUntilItSucceeds(t *testing.T) {
	tries := 0
	s, _ := supervised(t, Unit{Name: "pull", Task: func(_ context.Context, setMessage SetMessage) error {
		setMessage("try %d", tries)
		if tries++; tries < 3 {
			return errors.New("not there yet")
		}
		return nil
	}})
	eventually(t, "done", func() bool { return s.Report().Healthy })
	if p := process(s, "pull"); p.Restarts != 2 || p.Message != "done" {
		t.Errorf("%+v", p)
	}
}

func TestProgramsStopInReverseOrderAndThoseThatIgnoreSIGTERMAreKilled(t *testing.T) {
	log := filepath.Join(t.TempDir(), "order")
	first := shell("first", "trap 'echo first >> "+log+"; exit' TERM; while :; do sleep 0.01; done")
	second := shell("second", "trap 'echo second >> "+log+"; exit' TERM; while :; do sleep 0.01; done")
	ignoring := shell("ignores-term", "trap '' TERM; while :; do sleep 0.01; done")
	second.After, ignoring.After = []string{"first"}, []string{"second"}
	s, stop := supervised(t, first, second, ignoring)
	eventually(t, "all run", func() bool { return s.Report().Healthy })
	time.Sleep(100 * time.Millisecond) // the shells set their traps
	stop()
	if order, _ := os.ReadFile(log); string(order) != "second\nfirst\n" {
		t.Errorf("order of exits: %q", order)
	}
	if exit := process(s, "ignores-term").LastExit; exit == nil || exit.Code != 137 {
		t.Errorf("ignores-term: %+v", exit)
	}
}

// A helper in another process group simulates a containerd shim.
func TestARestartLeavesOtherProcessGroupsAliveAndOrphansAreReaped(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	u := shell("containerd", "setsid sh -c 'echo $$ > "+pidFile+"; exec sleep 60' & sleep 60")
	s, _ := supervised(t, u)
	var shim int
	eventually(t, "the shim runs", func() bool {
		text, _ := os.ReadFile(pidFile)
		shim, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		return shim > 0
	})
	if err := syscall.Kill(process(s, "containerd").PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "restarted", func() bool { p := process(s, "containerd"); return p.Restarts == 1 && p.Running })
	if !alive(shim) {
		t.Fatal("the shim died with containerd")
	}
	if err := syscall.Kill(shim, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the orphan is reaped", func() bool { return !alive(shim) })
}

func TestManyShortProgramsLoseNoExit(t *testing.T) {
	r, err := reaper()
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			err := r.Run(t.Context(), "sh", "-c", fmt.Sprintf("(exit 0) & echo bad %d; exit %d", i, i%2))
			if (err != nil) != (i%2 == 1) {
				t.Errorf("run %d: %v", i, err)
			}
			if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("exit code 1: bad %d", i)) {
				t.Errorf("run %d: %v", i, err)
			}
		})
	}
	all.Wait()
}
