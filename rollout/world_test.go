package rollout

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
)

// world is a pool whose machines take their time, under a service that may die after every step.
type world struct {
	Facts
	*rand.Rand
	next int64
	// stuck machines cannot be drained until the pool is written again.
	stuck map[int64]bool
	// lowest number of Ready nodes, and highest of machines.
	lowest, highest int
}

func newWorld(seed uint64, count int, s Settings) *world {
	w := &world{Rand: rand.New(rand.NewPCG(seed, 1)), stuck: map[int64]bool{}, lowest: count, highest: count}
	w.Facts = Facts{Active: true, Generation: 1, Count: count, Settings: s, Now: start}
	for range count {
		w.Machines = append(w.Machines, Machine{Instance: w.next, Ready: true})
		w.stuck[w.next] = w.IntN(8) == 0
		w.next++
	}
	return w
}

// step takes some of a plan's steps, as a process does that may die, and lets time pass.
func (w *world) step() {
	p := Decide(w.Facts)
	for range p.Surge {
		if w.lives() {
			w.Machines = append(w.Machines, Machine{Instance: w.next, Surge: true, Current: true})
			w.next++
		}
	}
	for i := range w.Machines {
		if m := &w.Machines[i]; w.lives() {
			w.take(m, p)
		}
	}
	w.Now = w.Now.Add(minute)
	for i := range w.Machines {
		w.pass(&w.Machines[i])
	}
	w.Machines = slices.DeleteFunc(w.Machines, func(m Machine) bool { return m.Leaving && w.IntN(3) == 0 })
	w.lowest, w.highest = min(w.lowest, w.count(func(m Machine) bool { return m.Ready })), max(w.highest, len(w.Machines))
}

func (w *world) lives() bool { return w.IntN(4) > 0 }

func (w *world) take(m *Machine, p Plan) {
	switch i := m.Instance; {
	case slices.Contains(p.Drain, i):
		m.Drain = &v1alpha1.Drain{Rollout: w.Generation, Since: metav1.NewTime(w.Now)}
	case slices.Contains(p.Replace, i):
		m.Current, m.Replaced, m.Ready, m.Drain, m.Drained = true, true, false, nil, false
	case slices.Contains(p.Quarantine, i):
		m.Drain.Quarantined = true
	case slices.Contains(p.Release, i):
		m.Drain, m.Drained = nil, false
	case slices.Contains(p.Remove, i):
		m.Leaving, m.Ready = true, false
	}
}

// pass a minute: machines become Ready, drains end, unless they are stuck.
func (w *world) pass(m *Machine) {
	switch {
	case m.Leaving:
	case !m.Ready:
		m.Ready = w.IntN(3) == 0
	case m.Drain != nil && !m.Drained && !m.Drain.Quarantined && !w.stuck[m.Instance] && w.IntN(3) == 0:
		m.Drained, m.DrainedSince = true, w.Now
	}
}

// run until the operation ends, and what it left is cleared away.
func (w *world) run(t *testing.T) (failed bool) {
	t.Helper()
	w.Active = true
	for ticks := 0; w.Active || Decide(w.Facts).changes() || w.count(func(m Machine) bool { return m.Leaving }) > 0; ticks++ {
		if ticks > 20_000 {
			t.Fatalf("the rollout does not end: %+v", w.Facts)
		}
		w.step()
		if o := Outcome(w.Facts); w.Active && (o.Done() || o.Failure != nil) {
			w.Active, failed = false, o.Failure != nil
		}
	}
	return failed
}

// FuzzRollout: never fewer Ready nodes than count - maxUnavailable, never more machines than count + maxSurge, nothing is left over, and it always
// ends, with all nodes upgraded once nothing is stuck any more.
func FuzzRollout(f *testing.F) {
	for seed := range uint64(300) {
		f.Add(seed, uint8(seed%9), uint8(seed%4), uint8(seed%3), uint8(seed%2), seed%5 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, count, surge, unavailable, soak uint8, quarantine bool) {
		s := Settings{
			Surge: int(surge % 8), Unavailable: int(unavailable % 8), Soak: time.Duration(soak%30) * minute, DrainTimeout: 30 * minute, Quarantine: quarantine,
		}
		s.Surge, s.Unavailable = min(s.Surge, int(count%32)), min(s.Unavailable, int(count%32))
		if s.Surge+s.Unavailable == 0 {
			s.Surge = 1
		}
		w := newWorld(seed, int(count%32), s)
		if w.run(t) {
			w.stuck, w.Generation = map[int64]bool{}, 2
			w.check(t, false)
			if w.run(t) {
				t.Error("a rollout that is repeated fails although nothing is in its way")
			}
		}
		w.check(t, true)
	})
}

func (w *world) check(t *testing.T, whole bool) {
	t.Helper()
	if w.lowest < w.Count-w.Unavailable || w.highest > w.Count+w.Surge {
		t.Errorf("between %d Ready nodes and %d machines, of %d with %+v", w.lowest, w.highest, w.Count, w.Settings)
	}
	for _, m := range w.Machines {
		if m.Surge || m.Drain != nil && !m.Drain.Quarantined || whole && (!m.Current || m.Drain != nil) {
			t.Errorf("machine %+v is left over", m)
		}
	}
	if len(w.Machines) != w.Count {
		t.Errorf("%d machines are left of %d", len(w.Machines), w.Count)
	}
}
