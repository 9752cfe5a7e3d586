// Package collector chooses when Go collects garbage in a server: rarely while it starts, when nearly all that it allocates is kept or is
// gone a moment later, and as its environment says when the start is over. What the start left behind then goes back to the system.
package collector

import (
	"runtime/debug"
	"syscall"
	"time"
)

const (
	// startPercent is GOGC during the start. Collections are then too few to count, and the heap stays below what it is by default at rest.
	startPercent = 400
	// every so often the use of the processor is looked at.
	every = 500 * time.Millisecond
	// atLeast and atMost bound a start: a process that waits for another may be idle before its own work begins, and one that is busy from the
	// first moment must not stay without its setting.
	atLeast, atMost = 2 * time.Second, 20 * time.Second
	// idle is the part of one processor below which a start is over.
	idle = 0.15
)

// Start sets the collector for the start of a server and returns at once. The settings of GOGC and GOMEMLIMIT come into force, or again, when
// the start is over; who has switched the collector off is left alone.
func Start() {
	afterwards := debug.SetGCPercent(startPercent)
	if afterwards < 0 || afterwards > startPercent {
		debug.SetGCPercent(afterwards)
		return
	}
	go func() {
		began, before := time.Now(), used()
		for {
			time.Sleep(every)
			now := used()
			if over(time.Since(began), now-before) {
				break
			}
			before = now
		}
		debug.SetGCPercent(afterwards)
		debug.FreeOSMemory()
	}()
}

// over decides whether a start is over: since its beginning, and by the processor time that the last period took.
func over(since, spent time.Duration) bool {
	return since >= atMost || since >= atLeast && spent.Seconds() < idle*every.Seconds()
}

// used is the processor time of this process so far.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // does not fail for the process itself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
