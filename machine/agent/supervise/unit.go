package supervise

import (
	"context"
	"io"
	"time"
)

// SetMessage sets the message of a unit in the status: what it does or waits for.
type SetMessage func(format string, args ...any)

// Gate delays each start of a unit until a condition outside holds. It sets the message to what it waits for.
type Gate func(ctx context.Context, setMessage SetMessage) error

// Probe returns why a program is not healthy, or nil.
type Probe func(ctx context.Context) error

// Unit is a program that is kept running, or a task that is repeated until it succeeds once.
type Unit struct {
	Name string
	// After names units that must have been healthy once before this one starts.
	After []string
	// Gates are passed in their order after that, before each start.
	Gates []Gate

	// Args and Env of a program.
	Args []string
	Env  []string
	// Every is for a program that does something and ends: when it succeeded, it is run again after that time. 0 is for one that is to stay.
	Every time.Duration
	// Probe of a program; without one it is healthy while it runs.
	Probe Probe
	// Output gets what the program prints.
	Output io.Writer
	// BeforeStop is called before the program is stopped for good, while it still works.
	BeforeStop func()

	// Task is run instead of a program.
	Task func(ctx context.Context, setMessage SetMessage) error
	// Optional units do not count for Report.Healthy.
	Optional bool
}

// Policy holds the supervisor's intervals and timeouts.
type Policy struct {
	// FirstDelay before a restart doubles with each further one, up to MaxDelay; it is reset when a program was healthy for ResetAfter.
	FirstDelay, MaxDelay, ResetAfter time.Duration
	// ProbePeriod of a program that is healthy; after a failure it is RetryPeriod. ProbeTimeout of one probe.
	ProbePeriod, RetryPeriod, ProbeTimeout time.Duration
	// FailuresToKill is how many probes in a row have to fail before a program that was healthy is killed.
	FailuresToKill int
	// StartGrace is how long a program may take until it is healthy for the first time.
	StartGrace time.Duration
	// StopGrace is how long a program may take to exit after SIGTERM.
	StopGrace time.Duration
}

// DefaultPolicy for a node's components. A probe waits long for its answer: a program that a busy machine lets run late is no better off
// after a restart, and what it managed would start over.
var DefaultPolicy = Policy{
	FirstDelay: 100 * time.Millisecond, MaxDelay: 10 * time.Second, ResetAfter: 30 * time.Second,
	ProbePeriod: 5 * time.Second, RetryPeriod: time.Second, ProbeTimeout: 5 * time.Second, FailuresToKill: 4,
	StartGrace: 120 * time.Second,
	StopGrace:  10 * time.Second,
}
