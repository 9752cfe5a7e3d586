package conformance

import (
	"testing"
	"time"

	"lotse.dev/machine/provider"
)

// timeout for a machine to reach a state in a test environment.
const timeout = 30 * time.Second

// Environment is a provider and what it works on. Only that can end machines, so the test brings it.
type Environment struct {
	Provider provider.Provider
	// Instance that was never made; its namespace and boot secret exist.
	Instance provider.Instance
	// Run makes a Pending machine Running. Kill ends a Running machine without the provider. Reap completes what is being stopped or
	// deleted; it leaves everything else alone. Each may be nil where that happens by itself.
	Run, Kill, Reap func(t *testing.T, r provider.Ref)
	// DiskID distinguishes the disks that a machine has one after the other.
	DiskID func(t *testing.T, r provider.Ref) string
}

func (e Environment) call(t *testing.T, f func(*testing.T, provider.Ref)) {
	t.Helper()
	if f != nil {
		f(t, e.Instance.Ref)
	}
}

// start the machine and return its state when it runs.
func (e Environment) start(t *testing.T) provider.State {
	t.Helper()
	e.until(t, func(s provider.State) bool {
		e.ensure(t)
		return s.Phase == provider.Pending || s.Phase == provider.Running
	})
	if e.state(t).Phase == provider.Pending {
		e.call(t, e.Run)
	}
	return e.await(t, provider.Running)
}

func (e Environment) ensure(t *testing.T) {
	t.Helper()
	if err := e.Provider.Ensure(t.Context(), e.Instance); err != nil {
		t.Fatal(err)
	}
}

func (e Environment) deliver(t *testing.T, version string) {
	t.Helper()
	if err := e.Provider.Deliver(t.Context(), e.Instance.Ref, version); err != nil {
		t.Fatal(err)
	}
}

func (e Environment) stop(t *testing.T) {
	t.Helper()
	if err := e.Provider.Stop(t.Context(), e.Instance.Ref); err != nil {
		t.Fatal(err)
	}
}

func (e Environment) reimage(t *testing.T, generation int64) {
	t.Helper()
	if err := e.Provider.Reimage(t.Context(), e.Instance.Ref, generation); err != nil {
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
	deadline := time.Now().Add(timeout)
	for {
		s := e.state(t)
		if is(s) {
			return s
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s the state is still %+v", timeout, s)
		}
		time.Sleep(50 * time.Millisecond)
	}
}
