package supervise

import (
	"context"
	"io"
	"time"
)

// Say tells, in words that complete "waiting for …" or stand alone in the status, what a unit is busy with.
type Say func(format string, args ...any)

// Gate holds a unit's first start back until something outside is so. It says what it waits for.
type Gate func(ctx context.Context, say Say) error

// Probe asks a program whether it is well.
type Probe func(ctx context.Context) error

// Unit is one thing to keep: a program that runs for good, or a task that is repeated until it succeeded once.
type Unit struct {
	Name string
	// After names units that must have been well once before this one starts.
	After []string
	// Gates are passed in their order after that.
	Gates []Gate

	// Args and Env of a program.
	Args []string
	Env  []string
	// Probe of a program; nil means that alive is well.
	Probe Probe
	// Output gets what the program prints.
	Output io.Writer
	// BeforeStop is called before the program is asked to end for good, while it still does its work.
	BeforeStop func()

	// Task is run instead of a program.
	Task func(ctx context.Context, say Say) error
	// Optional units do not count when it is asked whether all is well.
	Optional bool
}

// Policy is how patient the supervisor is.
type Policy struct {
	// FirstDelay before a restart doubles with each further one, up to MaxDelay; a program that was well for ResetAfter starts over.
	FirstDelay, MaxDelay, ResetAfter time.Duration
	// ProbePeriod and ProbeTimeout of one question.
	ProbePeriod, ProbeTimeout time.Duration
	// FailuresToKill is how many questions in a row a program that was well may fail.
	FailuresToKill int
	// StartGrace is how long a program may take until it is well for the first time.
	StartGrace time.Duration
	// StopGrace is how long a program may take to end after SIGTERM.
	StopGrace time.Duration
}

// Patience is the policy for a node's components.
var Patience = Policy{
	FirstDelay: 100 * time.Millisecond, MaxDelay: 10 * time.Second, ResetAfter: 30 * time.Second,
	ProbePeriod: 2 * time.Second, ProbeTimeout: 1500 * time.Millisecond, FailuresToKill: 5,
	StartGrace: 120 * time.Second,
	StopGrace:  10 * time.Second,
}
