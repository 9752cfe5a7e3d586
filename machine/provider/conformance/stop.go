package conformance

import (
	"testing"

	"lotse.dev/machine/provider"
)

var stopping = map[string]func(*testing.T, Environment){
	"stopping a machine that was never made is no error and makes nothing": func(t *testing.T, e Environment) {
		e.stop(t)
		if s := e.state(t); !s.Gone() {
			t.Errorf("state is %+v", s)
		}
	},
	"a stopped machine keeps its disk and shows no address": func(t *testing.T, e Environment) {
		e.start(t)
		disk := e.DiskID(t, e.Instance.Ref)
		e.stop(t)
		e.stop(t) // as after a crash
		e.call(t, e.Reap)
		if s := e.until(t, provider.State.Stopped); s.Address != "" || s.Healthy || s.Reason == "" {
			t.Errorf("state is %+v", s)
		}
		e.stop(t)
		e.until(t, provider.State.Stopped)
		e.wantDisk(t, disk, "the disk that was there before")
	},
	"a stopped machine starts again on its disk": func(t *testing.T, e Environment) {
		e.Instance.DiskGeneration = 4
		e.start(t)
		disk := e.DiskID(t, e.Instance.Ref)
		e.stop(t)
		e.call(t, e.Reap)
		e.until(t, provider.State.Stopped)
		if s := e.start(t); s.DiskGeneration != 4 {
			t.Errorf("state is %+v", s)
		}
		e.wantDisk(t, disk, "the disk that was there before")
	},
	"a machine that was killed can be stopped": func(t *testing.T, e Environment) {
		e.start(t)
		e.call(t, e.Kill)
		e.until(t, func(s provider.State) bool { return s.Phase != provider.Running })
		e.stop(t)
		e.call(t, e.Reap)
		e.until(t, provider.State.Stopped)
	},
	"a machine that does not run yet can be stopped": func(t *testing.T, e Environment) {
		e.ensure(t)
		e.stop(t)
		e.call(t, e.Reap)
		e.until(t, provider.State.Stopped)
	},
}
