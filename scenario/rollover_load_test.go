package scenario

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// attempt is what a client does again and again, a pause after each.
type attempt struct {
	every time.Duration
	do    func(context.Context) error
}

// rollingLoad makes requests of several kinds and remembers what failed, and how long nothing succeeded.
type rollingLoad struct {
	ctx      context.Context
	requests map[string]attempt
	cancel   context.CancelFunc
	running  sync.WaitGroup
	guard    sync.Mutex
	began    time.Time
	failures []string
	figures  map[string]*figures
}

type figures struct {
	count, failed int
	// longest time that a request took, and between the ends of two that succeeded.
	slowest, gap time.Duration
	succeeded    time.Time
}

func newRollingLoad(ctx context.Context, requests map[string]attempt) *rollingLoad {
	return &rollingLoad{ctx: ctx, requests: requests, figures: map[string]*figures{}}
}

// works tries each kind once.
func (l *rollingLoad) works() (bool, string) {
	for _, what := range slices.Sorted(maps.Keys(l.requests)) {
		if err := l.try(l.ctx, l.requests[what]); err != nil {
			return false, what + ": " + err.Error()
		}
	}
	return true, ""
}

// try waits for an answer no longer than a person would.
func (l *rollingLoad) try(ctx context.Context, r attempt) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return r.do(ctx)
}

func (l *rollingLoad) start() {
	var ctx context.Context
	ctx, l.cancel = context.WithCancel(l.ctx)
	l.began = time.Now()
	for what, r := range l.requests {
		l.figures[what] = &figures{succeeded: l.began}
		l.running.Go(func() { l.repeat(ctx, what, r) })
	}
}

func (l *rollingLoad) repeat(ctx context.Context, what string, r attempt) {
	for ctx.Err() == nil {
		began := time.Now()
		err := l.try(context.WithoutCancel(ctx), r)
		l.count(what, began, err)
		select {
		case <-ctx.Done():
		case <-time.After(r.every):
		}
	}
}

func (l *rollingLoad) count(what string, began time.Time, err error) {
	l.guard.Lock()
	defer l.guard.Unlock()
	now, f := time.Now(), l.figures[what]
	f.count++
	f.slowest = max(f.slowest, now.Sub(began))
	if err != nil {
		f.failed++
		l.failures = append(l.failures, fmt.Sprintf("%s, begun after %.1f s, failed after %.1f s: %v",
			what, began.Sub(l.began).Seconds(), now.Sub(l.began).Seconds(), err))
		return
	}
	f.gap = max(f.gap, now.Sub(f.succeeded))
	f.succeeded = now
}

// stop answers with what failed.
func (l *rollingLoad) stop() []string {
	l.cancel()
	l.running.Wait()
	return l.failures
}

// report has a line for each kind.
func (l *rollingLoad) report() (lines []string) {
	for _, what := range slices.Sorted(maps.Keys(l.figures)) {
		f := l.figures[what]
		lines = append(lines, fmt.Sprintf("%s: %d of %d failed; the slowest took %d ms, and none succeeded for at most %d ms",
			what, f.failed, f.count, f.slowest.Milliseconds(), f.gap.Milliseconds()))
	}
	return lines
}
