package supervise

import (
	"errors"
	"testing"
	"time"
)

var epoch = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestOnlyAProgramThatHangsIsKilled(t *testing.T) {
	for sentence, c := range map[string]struct {
		run  run
		at   time.Duration
		kill bool
	}{
		"a program that never answered is left alone within its start grace":                    {run{started: epoch, failures: 50}, 119 * time.Second, false},
		"a program that never answered is killed when its start grace is over":                  {run{started: epoch, failures: 60}, 120 * time.Second, true},
		"a program that was healthy is left alone after three failed probes":                    {run{started: epoch, everHealthy: true, failures: 3}, time.Hour, false},
		"a program that was healthy is killed after four failed probes in a row":                {run{started: epoch, everHealthy: true, failures: 4}, time.Hour, true},
		"a program that was healthy is killed for failed probes within the start grace as well": {run{started: epoch, everHealthy: true, failures: 4}, 20 * time.Second, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			reason := DefaultPolicy.hung(c.run, epoch.Add(c.at))
			if (reason != "") != c.kill {
				t.Errorf("reason to kill: %q", reason)
			}
		})
	}
}

func TestBackoffGrowsAndIsReset(t *testing.T) {
	healthyFor := func(d time.Duration) run { return run{healthySince: epoch.Add(-d), everHealthy: true} }
	for sentence, c := range map[string]struct {
		before int
		run    run
		delay  time.Duration
	}{
		"the first restart comes after 100 ms":                          {0, run{}, 100 * time.Millisecond},
		"the third restart in a row comes after 400 ms":                 {2, run{}, 400 * time.Millisecond},
		"no restart waits longer than ten seconds":                      {40, run{}, 10 * time.Second},
		"a program that was healthy for 30 s starts over":               {7, healthyFor(30 * time.Second), 100 * time.Millisecond},
		"a program that was healthy for a moment only does not":         {7, healthyFor(3 * time.Second), 10 * time.Second},
		"a program that was healthy long ago but hung at last does not": {7, run{everHealthy: true, failures: 4}, 10 * time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := DefaultPolicy.delay(DefaultPolicy.restarts(c.before, c.run, epoch)); got != c.delay {
				t.Errorf("delay %s, want %s", got, c.delay)
			}
		})
	}
}

func TestOneSuccessfulProbeResetsTheFailures(t *testing.T) {
	r := run{started: epoch}.probed(errors.New("no"), epoch).probed(errors.New("no"), epoch).probed(nil, epoch)
	if !r.healthy() || r.failures != 0 || r.lastFailure != "" {
		t.Errorf("%+v", r)
	}
	if r = r.probed(errors.New("no"), epoch); r.healthy() || !r.everHealthy || r.failures != 1 {
		t.Errorf("%+v", r)
	}
}

func TestAProgramIsProbedMoreOftenWhenItIsNotHealthy(t *testing.T) {
	for sentence, c := range map[string]struct {
		run  run
		want time.Duration
	}{
		"a program that has never answered is asked at once again": {run{started: epoch, failures: 3}, 100 * time.Millisecond},
		"a healthy program is asked seldom":                        {run{everHealthy: true, healthySince: epoch}, 5 * time.Second},
		"a program that did not answer is asked again soon":        {run{everHealthy: true, failures: 1}, time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := DefaultPolicy.interval(c.run); got != c.want {
				t.Errorf("interval %s, want %s", got, c.want)
			}
		})
	}
	p := DefaultPolicy
	noticed := p.ProbePeriod + time.Duration(p.FailuresToKill)*p.ProbeTimeout + time.Duration(p.FailuresToKill-1)*p.RetryPeriod
	if stated := 28 * time.Second; noticed > stated {
		t.Errorf("a hang is noticed after %s; docs/design/survival.md says %s", noticed, stated)
	}
}

func TestStartOrder(t *testing.T) {
	unit := func(name string, after ...string) Unit { return Unit{Name: name, After: after} }
	for sentence, c := range map[string]struct {
		units []Unit
		want  string
		fails bool
	}{
		"independent units keep their order":             {[]Unit{unit("b"), unit("a")}, "b, a", false},
		"a unit comes after what it depends on":          {[]Unit{unit("apiserver", "etcd"), unit("etcd")}, "etcd, apiserver", false},
		"units that wait for each other are refused":     {[]Unit{unit("a", "b"), unit("b", "a")}, "", true},
		"a unit that waits for a missing one is refused": {[]Unit{unit("a", "b")}, "", true},
		"two units of the same name are refused":         {[]Unit{unit("a"), unit("a")}, "", true},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := startOrder(c.units)
			if (err != nil) != c.fails || names(got) != c.want {
				t.Errorf("%s, %v", names(got), err)
			}
		})
	}
}
