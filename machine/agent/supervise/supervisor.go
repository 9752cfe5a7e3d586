package supervise

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/status"
)

// Supervisor keeps a set of units running.
type Supervisor struct {
	Reaper *Reaper
	Policy Policy
	Clock  clock.WithTicker
	Log    *slog.Logger

	units    []Unit // in the order of their start
	records  map[string]*record
	restarts map[string]chan string
}

// Add sets the units. Units that cannot be ordered are an error.
func (s *Supervisor) Add(units ...Unit) error {
	ordered, err := startOrder(units)
	if err != nil {
		return err
	}
	s.units, s.records, s.restarts = ordered, map[string]*record{}, map[string]chan string{}
	for _, u := range ordered {
		s.restarts[u.Name] = make(chan string, 1)
		s.records[u.Name] = newRecord(u, s.Clock, func(message string) {
			s.Log.Info(message, "unit", u.Name)
		})
	}
	return nil
}

// Restart a unit's program for a reason. One that does not run starts anew anyway. A unit that does not exist is ignored.
func (s *Supervisor) Restart(name, reason string) {
	select {
	case s.restarts[name] <- reason:
	default: // it is about to be restarted, or there is no such unit
	}
}

// Report the state of all units.
func (s *Supervisor) Report() status.Report {
	var all []status.Process
	for _, u := range s.units {
		all = append(all, s.records[u.Name].snapshot())
	}
	return status.NewReport(all)
}

// Run keeps everything running until ctx ends, then stops it in reverse order and returns.
func (s *Supervisor) Run(ctx context.Context) {
	// Each unit has a context of its own that outlives ctx, so that they stop one after another.
	stops := make([]func(), len(s.units))
	for i, u := range s.units {
		unitCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		runner := &unitRunner{unit: u, record: s.records[u.Name], supervisor: s}
		var done sync.WaitGroup
		done.Go(func() { runner.run(unitCtx) })
		stops[i] = func() {
			cancel()
			done.Wait()
		}
	}
	<-ctx.Done()
	for _, stop := range slices.Backward(stops) {
		stop()
	}
}
