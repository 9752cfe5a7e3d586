package conformance

import (
	"testing"

	"lotse.dev/machine/provider"
)

var reimaging = map[string]func(*testing.T, Environment){
	"reimaging a machine that was never made is no error and makes nothing": func(t *testing.T, e Environment) {
		e.reimage(t, 1)
		if s := e.state(t); !s.Gone() || s.Reimaged(1) {
			t.Errorf("state is %+v", s)
		}
	},
	"a disk has the generation that it was made with": func(t *testing.T, e Environment) {
		if s := e.start(t); s.DiskGeneration != 0 || !s.Reimaged(0) || s.Reimaged(1) {
			t.Errorf("state is %+v", s)
		}
	},
	"a reimaged machine comes back on a new disk": func(t *testing.T, e Environment) {
		e.start(t)
		old := e.DiskID(t, e.Instance.Ref)
		e.reimage(t, 1)
		e.reimage(t, 1) // as after a crash
		e.call(t, e.Reap)
		e.until(t, provider.State.Gone)
		e.Instance.DiskGeneration = 1
		if s := e.start(t); !s.Reimaged(1) || s.Reimaged(2) || s.DiskGeneration != 1 {
			t.Errorf("state is %+v", s)
		}
		if e.DiskID(t, e.Instance.Ref) == old {
			t.Error("the disk is the old one")
		}
	},
	"a reimage that is repeated keeps the new disk and the running machine": func(t *testing.T, e Environment) {
		e.Instance.DiskGeneration = 2
		before := e.start(t)
		disk := e.DiskID(t, e.Instance.Ref)
		e.reimage(t, 2)
		e.reimage(t, 1) // an older wish
		if after := e.state(t); after != before {
			t.Errorf("state went from %+v to %+v", before, after)
		}
		e.wantDisk(t, disk, "the disk that was there before")
	},
	"no machine starts on a disk that is being deleted": func(t *testing.T, e Environment) {
		e.start(t)
		old := e.DiskID(t, e.Instance.Ref)
		e.stop(t)
		e.call(t, e.Reap)
		e.until(t, provider.State.Stopped)
		e.reimage(t, 1)
		e.Instance.DiskGeneration = 1
		e.ensure(t)
		if s := e.state(t); s.Phase != provider.Absent && !s.Reimaged(1) {
			t.Errorf("the machine starts on its old disk: %+v", s)
		}
		e.call(t, e.Reap)
		if s := e.start(t); !s.Reimaged(1) || e.DiskID(t, e.Instance.Ref) == old {
			t.Errorf("the machine started on its old disk: %+v", s)
		}
	},
	"a stopped machine that is reimaged stays stopped": func(t *testing.T, e Environment) {
		e.start(t)
		e.stop(t)
		e.call(t, e.Reap)
		e.until(t, provider.State.Stopped)
		e.reimage(t, 1)
		e.Instance.DiskGeneration = 1
		if s := e.state(t); s.Phase != provider.Absent || s.Stopped() {
			t.Errorf("state is %+v", s)
		}
		e.call(t, e.Reap)
		e.until(t, provider.State.Gone)
		e.start(t)
	},
	"making a machine never replaces a disk of an earlier generation": func(t *testing.T, e Environment) {
		e.start(t)
		disk := e.DiskID(t, e.Instance.Ref)
		e.stop(t)
		e.call(t, e.Reap)
		e.until(t, provider.State.Stopped)
		e.Instance.DiskGeneration = 1
		if s := e.start(t); s.DiskGeneration != 0 || s.Reimaged(1) {
			t.Errorf("state is %+v", s)
		}
		e.wantDisk(t, disk, "the disk that was there before")
	},
	"a machine that was killed is reimaged too": func(t *testing.T, e Environment) {
		e.start(t)
		e.call(t, e.Kill)
		e.until(t, func(s provider.State) bool { return s.Phase != provider.Running })
		e.reimage(t, 1)
		e.call(t, e.Reap)
		e.until(t, provider.State.Gone)
		e.Instance.DiskGeneration = 1
		if s := e.start(t); !s.Reimaged(1) {
			t.Errorf("state is %+v", s)
		}
	},
}
