package supervise

import (
	"fmt"
	"time"
)

// run is what is known about one run of a program.
type run struct {
	started      time.Time
	healthySince time.Time // zero until it is healthy for the first time, and again while a probe fails
	everHealthy  bool
	failures     int // failed probes in a row
	lastFailure  string
	succeeded    bool // it ended by itself, with exit code 0
}

// probed is the run after one more probe.
func (r run) probed(err error, now time.Time) run {
	if err != nil {
		r.failures++
		r.lastFailure = err.Error()
		r.healthySince = time.Time{}
		return r
	}
	if r.healthySince.IsZero() {
		r.healthySince = now
	}
	r.everHealthy, r.failures, r.lastFailure = true, 0, ""
	return r
}

// healthy reports whether the last probe succeeded.
func (r run) healthy() bool { return !r.healthySince.IsZero() }

// hung returns the reason to kill a run, or nothing.
func (p Policy) hung(r run, now time.Time) string {
	switch {
	case r.everHealthy && r.failures >= p.FailuresToKill:
		return fmt.Sprintf("failed its probe %d times in a row: %s", r.failures, r.lastFailure)
	case !r.everHealthy && now.Sub(r.started) >= p.StartGrace:
		return fmt.Sprintf("not healthy within %s of its start: %s", p.StartGrace, r.lastFailure)
	}
	return ""
}

// restarts counts the restarts in a row, which the backoff depends on, after a run that ended at now.
func (p Policy) restarts(before int, r run, now time.Time) int {
	if r.healthy() && now.Sub(r.healthySince) >= p.ResetAfter {
		return 1
	}
	return before + 1
}

// delay before the latest of so many restarts in a row.
func (p Policy) delay(restarts int) time.Duration {
	d := p.FirstDelay
	for i := 1; i < restarts && d < p.MaxDelay; i++ {
		d *= 2
	}
	return min(d, p.MaxDelay)
}

// startPeriod between the probes of a program that was never healthy: others wait for it.
const startPeriod = 100 * time.Millisecond

// interval until the next probe. Most probes find a healthy program, and all of them together are what an idle machine does; so the one after a
// failure comes sooner, and a program that hangs is found in the same time.
func (p Policy) interval(r run) time.Duration {
	switch {
	case !r.everHealthy:
		return min(p.ProbePeriod, startPeriod)
	case r.healthy():
		return p.ProbePeriod
	}
	return p.RetryPeriod
}
