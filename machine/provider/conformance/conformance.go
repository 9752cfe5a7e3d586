// Package conformance is what every machine provider has to pass.
package conformance

import (
	"testing"
	"time"

	"lotse.dev/machine/provider"
)

// patience is how long a machine may take to reach a phase in a test environment.
const patience = 30 * time.Second

// Environment is a provider and the world it works in. Only that world can kill machines, so the test brings it.
type Environment struct {
	Provider provider.Provider
	// Instance nobody has made yet; its namespace and boot secret exist.
	Instance provider.Instance
	// Run makes a Pending machine Running, where nothing else in the test does. Kill ends a Running machine behind the provider's back.
	// Reap completes the end of a Stopping machine. Each may be nil when the world does it by itself.
	Run, Kill, Reap func(t *testing.T, r provider.Ref)
}

// Test runs the suite.
func Test(t *testing.T, setup func(t *testing.T) Environment) {
	t.Run("a machine that was never made is absent", func(t *testing.T) {
		e := setup(t)
		if s := e.state(t); !s.Gone() {
			t.Errorf("state is %+v", s)
		}
	})
	t.Run("deleting a machine that was never made is no error", func(t *testing.T) {
		e := setup(t)
		e.delete(t, false)
	})
	t.Run("a machine comes to run with a disk and an address", func(t *testing.T) {
		e := setup(t)
		e.ensure(t)
		e.call(t, e.Run)
		if s := e.await(t, provider.Running); !s.Disk || s.Address == "" {
			t.Errorf("state is %+v", s)
		}
	})
	t.Run("making a machine again changes nothing", func(t *testing.T) {
		e := setup(t)
		e.ensure(t)
		e.ensure(t)
		e.call(t, e.Run)
		before := e.await(t, provider.Running)
		e.Instance.Image += "-other"
		e.ensure(t)
		if after := e.state(t); after != before {
			t.Errorf("state went from %+v to %+v", before, after)
		}
	})
	t.Run("a machine that was killed starts again on its disk", func(t *testing.T) {
		e := setup(t)
		e.ensure(t)
		e.call(t, e.Run)
		e.await(t, provider.Running)
		e.call(t, e.Kill)
		if s := e.until(t, func(s provider.State) bool { return s.Phase != provider.Running }); !s.Disk {
			t.Fatalf("the disk went with the machine: %+v", s)
		}
		e.until(t, func(s provider.State) bool {
			e.ensure(t)
			return s.Phase == provider.Pending || s.Phase == provider.Running
		})
		e.call(t, e.Run)
		e.await(t, provider.Running)
	})
	for name, atOnce := range map[string]bool{"a machine is deleted with its disk": false, "a machine is deleted at once": true} {
		t.Run(name, func(t *testing.T) {
			e := setup(t)
			e.ensure(t)
			e.call(t, e.Run)
			e.await(t, provider.Running)
			e.delete(t, atOnce)
			e.delete(t, atOnce)
			e.call(t, e.Reap)
			e.until(t, provider.State.Gone)
		})
	}
}

func (e Environment) call(t *testing.T, f func(*testing.T, provider.Ref)) {
	t.Helper()
	if f != nil {
		f(t, e.Instance.Ref)
	}
}

func (e Environment) ensure(t *testing.T) {
	t.Helper()
	if err := e.Provider.Ensure(t.Context(), e.Instance); err != nil {
		t.Fatal(err)
	}
}

func (e Environment) delete(t *testing.T, atOnce bool) {
	t.Helper()
	if err := e.Provider.Delete(t.Context(), e.Instance.Ref, atOnce); err != nil {
		t.Fatal(err)
	}
}

func (e Environment) state(t *testing.T) provider.State {
	t.Helper()
	s, err := e.Provider.State(t.Context(), e.Instance.Ref)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (e Environment) await(t *testing.T, p provider.Phase) provider.State {
	t.Helper()
	return e.until(t, func(s provider.State) bool { return s.Phase == p })
}

func (e Environment) until(t *testing.T, is func(provider.State) bool) provider.State {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		s := e.state(t)
		if is(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s the state is still %+v", patience, s)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
