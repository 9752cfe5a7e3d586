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
	// A short soak belongs to every test run; SOAK_KILLS and SOAK_SEED ask for another (make soak).
	shortSoak = 8
	soakSeed  = 20261123
)

// TestSoak: whatever dies or hangs in which order, at the end every object is as it was last acknowledged. The blows fall on what is not
// yet well again from those before. The seed is printed with every blow; the same seed gives the same blows.
func TestSoak(t *testing.T) {
	kills, seed := number(t, "SOAK_KILLS", shortSoak), number(t, "SOAK_SEED", soakSeed)
	g := newGround(t)
	o := &ordeal{T: t, ground: g, ctx: t.Context()}
	o.settled("both clusters are in use", time.Now(), 2*time.Minute)
	victims := map[string]casualty{}
	for _, c := range g.controlPlane(g.beta) {
		victims[c.Name] = c
	}
	for _, c := range slices.Concat(g.machine(g.alpha, o.machineToKill()), []casualty{g.service()}, g.host(), g.managementControlPlane()) {
		victims[c.Name] = c
	}
	names := slices.Sorted(maps.Keys(victims))
	began := time.Now()
	for i, b := range survival.Sequence(uint64(seed), names, kills) {
		o.Logf("%6.1fs  seed %d, blow %d of %d: %s", time.Since(began).Seconds(), seed, i+1, kills, b)
		o.blow(victims[b.Victim], b)
	}
	o.settled("the last blow", time.Now(), 5*time.Minute)
	o.audit()
	o.Log(o.report())
	o.Logf("%d blows of seed %d in %s", kills, seed, time.Since(began).Round(time.Second))
}

// blow falls as soon as its victim is there to be struck, and nobody waits for all to be well again.
func (o *ordeal) blow(c casualty, b survival.Blow) {
	o.Helper()
	signal := syscall.SIGKILL
	if b.How != survival.Kill {
		signal = syscall.SIGSTOP
	}
	struck, err := c.struck(o.ctx, signal)
	if err != nil {
		o.Fatal(err)
	}
	if b.How == survival.Nap {
		o.pause(b.For)
		for _, p := range struck {
			if err := p.Signal(syscall.SIGCONT); err != nil {
				o.Error(err)
			}
		}
	}
	o.pause(b.Then)
}

func (o *ordeal) pause(d time.Duration) {
	select {
	case <-o.ctx.Done():
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
