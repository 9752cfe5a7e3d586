package main

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// repeatEvery is how often the present step is printed again.
const repeatEvery = 30 * time.Second

// progress prints what is being measured and how long it has taken.
type progress struct {
	out     io.Writer
	started time.Time

	mu    sync.Mutex
	text  string
	since time.Time
}

func newProgress(out io.Writer) *progress { return &progress{out: out, started: time.Now()} }

// report prints what is done from now on.
func (p *progress) report(text string, values ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text, p.since = fmt.Sprintf(text, values...), time.Now()
	fmt.Fprintf(p.out, "%s  %s\n", clock(p.since.Sub(p.started)), p.text)
}

// repeat prints the present step again every now and then, until ctx ends.
func (p *progress) repeat(ctx context.Context) {
	tick := time.NewTicker(repeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			p.mu.Lock()
			if p.text != "" && now.Sub(p.since) >= repeatEvery {
				fmt.Fprintf(p.out, "%s  … %s, for %s\n", clock(now.Sub(p.started)), p.text, clock(now.Sub(p.since)))
			}
			p.mu.Unlock()
		}
	}
}

// clock writes a duration as minutes and seconds.
func clock(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}
