// Package frontdoor measures how fast the front door answers, and beside it the management API server for the same objects, in turn.
package frontdoor

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// workers send requests at the same time, each the next one when the last was answered.
const workers = 4

// Load is how one kind of request was answered.
type Load struct {
	Requests int
	Took     time.Duration // of all together
	P50, P99 time.Duration // of one
}

// PerSecond is the throughput.
func (l Load) PerSecond() float64 {
	if l.Took == 0 {
		return 0
	}
	return float64(l.Requests) / l.Took.Seconds()
}

// run sends n requests; the first that fails ends the run.
func run(ctx context.Context, n int, send func(ctx context.Context, i int) error) (Load, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took := make([]time.Duration, n)
	var next atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for range workers {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				at := time.Now()
				if err := send(ctx, i); err != nil {
					cancel(fmt.Errorf("request %d: %w", i, err))
				}
				took[i] = time.Since(at)
			}
		})
	}
	all.Wait()
	return summary(took, time.Since(began)), context.Cause(ctx)
}

func summary(each []time.Duration, all time.Duration) Load {
	sorted := slices.Sorted(slices.Values(each))
	return Load{Requests: len(each), Took: all, P50: percentile(sorted, 50), P99: percentile(sorted, 99)}
}

// percentile p of sorted values, by nearest rank: the smallest value that p percent of them do not exceed.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*p+99)/100-1]
}
