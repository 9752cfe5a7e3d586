// Package conformance is what every machine provider has to pass.
package conformance

import (
	"testing"

	"lotse.dev/machine/provider"
)

// Test runs the suite. setup is called for each case.
func Test(t *testing.T, setup func(t *testing.T) Environment) {
	for _, cases := range []map[string]func(*testing.T, Environment){lifecycle, stopping, reimaging} {
		for sentence, run := range cases {
			t.Run(sentence, func(t *testing.T) { run(t, setup(t)) })
		}
	}
}

var lifecycle = map[string]func(*testing.T, Environment){
	"a machine that was never made is absent": func(t *testing.T, e Environment) {
		if s := e.state(t); !s.Gone() || s.Stopped() {
			t.Errorf("state is %+v", s)
		}
	},
	"deleting a machine that was never made is no error": func(t *testing.T, e Environment) {
		e.delete(t, false)
	},
	"a machine comes to run with a disk and an address": func(t *testing.T, e Environment) {
		if s := e.start(t); !s.Disk || s.DiskDeleting || s.Address == "" {
			t.Errorf("state is %+v", s)
		}
	},
	"delivering a machine's boot Secret does not disturb it": func(t *testing.T, e Environment) {
		e.deliver(t, "1") // one that was never made
		before := e.start(t)
		for _, version := range []string{"1", "1", "2"} {
			e.deliver(t, version)
		}
		if after := e.state(t); after != before {
			t.Errorf("state went from %+v to %+v", before, after)
		}
	},
	"making a machine again changes nothing": func(t *testing.T, e Environment) {
		e.ensure(t)
		before := e.start(t)
		e.Instance.Image += "-other"
		e.ensure(t)
		if after := e.state(t); after != before {
			t.Errorf("state went from %+v to %+v", before, after)
		}
	},
	"a machine that was killed starts again on its disk": func(t *testing.T, e Environment) {
		e.start(t)
		disk := e.DiskID(t, e.Instance.Ref)
		e.call(t, e.Kill)
		if s := e.until(t, func(s provider.State) bool { return s.Phase != provider.Running }); !s.Disk {
			t.Fatalf("the disk was deleted with the machine: %+v", s)
		}
		e.start(t)
		e.wantDisk(t, disk, "the disk that was there before")
	},
	"a machine is deleted with its disk": func(t *testing.T, e Environment) { e.isDeleted(t, false) },
	"a machine is deleted at once":       func(t *testing.T, e Environment) { e.isDeleted(t, true) },
	"a stopped machine is deleted with its disk": func(t *testing.T, e Environment) {
		e.start(t)
		e.stop(t)
		e.call(t, e.Reap)
		e.until(t, provider.State.Stopped)
		e.delete(t, false)
		e.call(t, e.Reap)
		e.until(t, provider.State.Gone)
	},
}

func (e Environment) isDeleted(t *testing.T, atOnce bool) {
	t.Helper()
	e.start(t)
	e.delete(t, atOnce)
	e.delete(t, atOnce)
	e.call(t, e.Reap)
	e.until(t, provider.State.Gone)
}

func (e Environment) wantDisk(t *testing.T, id, what string) {
	t.Helper()
	if now := e.DiskID(t, e.Instance.Ref); now != id {
		t.Errorf("the disk is %s, want %s, which is %s", now, id, what)
	}
}
