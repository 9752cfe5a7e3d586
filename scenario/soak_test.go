package scenario

import (
	"maps"
	"os"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"lotse.dev/scenario/survival"
)

const (
	// A short soak belongs to every test run; SOAK_KILLS (how many faults) and SOAK_SEED ask for another (make soak).
	shortSoak = 8
	soakSeed  = 20261123
)

// TestSoak: whatever dies or hangs in which order, at the end every object is as it was last acknowledged. Faults are injected before
// everything is healthy again after the earlier ones. The seed is printed with every fault; the same seed gives the same faults.
func TestSoak(t *testing.T) {
	faults, seed := number(t, "SOAK_KILLS", shortSoak), number(t, "SOAK_SEED", soakSeed)
	f := takeFixture(t)
	t.Cleanup(func() { f.leave(t, true) })
	e := &experiment{T: t, fixture: f, ctx: t.Context()}
	e.awaitHealthy("both clusters are in use", time.Now(), 2*time.Minute)
	targets := map[string]target{}
	for _, one := range f.controlPlane(f.beta) {
		targets[one.Name] = one
	}
	for _, one := range slices.Concat(f.machine(f.alpha, e.machineToKill()), []target{f.service()}, f.host(), f.managementControlPlane()) {
		targets[one.Name] = one
	}
	names := slices.Sorted(maps.Keys(targets))
	began := time.Now()
	for i, s := range survival.Sequence(uint64(seed), names, faults) {
		e.Logf("%6.1fs  seed %d, fault %d of %d: %s", time.Since(began).Seconds(), seed, i+1, faults, s)
		e.step(targets[s.Target], s)
	}
	e.awaitHealthy("the last fault", time.Now(), 5*time.Minute)
	e.verify()
	e.Log(e.report())
	e.Logf("%d faults of seed %d in %s", faults, seed, time.Since(began).Round(time.Second))
}

// step injects one fault of a sequence as soon as its target runs, and does not wait for the recovery.
func (e *experiment) step(t target, s survival.Fault) {
	e.Helper()
	signal := syscall.SIGKILL
	if s.Kind != survival.Kill {
		signal = syscall.SIGSTOP
	}
	hit, err := t.inject(e.ctx, signal)
	if err != nil {
		e.Fatal(err)
	}
	if s.Kind == survival.Pause {
		e.pause(s.For)
		for _, p := range hit {
			if err := p.Signal(syscall.SIGCONT); err != nil {
				e.Error(err)
			}
		}
	}
	e.pause(s.Then)
}

func (e *experiment) pause(d time.Duration) {
	select {
	case <-e.ctx.Done():
	case <-time.After(d):
	}
}

func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%q is not a number", variable, text)
	}
	return n
}
