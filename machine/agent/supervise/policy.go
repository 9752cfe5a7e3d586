package supervise

import (
	"fmt"
	"time"
)

// run is what is known about one run of a program.
type run struct {
	started      time.Time
	healthySince time.Time // zero until well for the first time, and again while a probe fails
	everHealthy  bool
	failures     int // failed probes in a row
	lastFailure  string
}

// probed is the run after one more answer.
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

// healthy says whether the last answer was good.
func (r run) healthy() bool { return !r.healthySince.IsZero() }

// hung gives the reason to kill a run, or nothing.
func (p Policy) hung(r run, now time.Time) string {
	switch {
	case r.everHealthy && r.failures >= p.FailuresToKill:
		return fmt.Sprintf("failed its probe %d times in a row: %s", r.failures, r.lastFailure)
	case !r.everHealthy && now.Sub(r.started) >= p.StartGrace:
		return fmt.Sprintf("not healthy within %s of its start: %s", p.StartGrace, r.lastFailure)
	}
	return ""
}

// strikes counts the restarts in a row that the backoff goes by, after a run that ended at now.
func (p Policy) strikes(before int, r run, now time.Time) int {
	if r.healthy() && now.Sub(r.healthySince) >= p.ResetAfter {
		return 1
	}
	return before + 1
}

// delay before the restart that follows so many strikes.
func (p Policy) delay(strikes int) time.Duration {
	d := p.FirstDelay
	for i := 1; i < strikes && d < p.MaxDelay; i++ {
		d *= 2
	}
	return min(d, p.MaxDelay)
}

// interval until the next probe: a program that is not yet well is asked more often, because others wait for it.
func (p Policy) interval(r run) time.Duration {
	if !r.everHealthy {
		return min(p.ProbePeriod, max(p.ProbePeriod/20, 10*time.Millisecond))
	}
	return p.ProbePeriod
}
