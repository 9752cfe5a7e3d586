package survival

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	askEvery   = 200 * time.Millisecond
	askTimeout = time.Second
	asking     = 16 // requests in flight at most; those to an address that is gone wait for their timeout
)

// Load sends requests to a workload, to all of its addresses in turn, each on a new connection as a new client would.
type Load struct {
	addresses func() []string
	client    http.Client

	mu   sync.Mutex
	last time.Time // of an answer
	gaps []gap

	asked, answered atomic.Int64
}

// gap is a time without any answer.
type gap struct{ from, to time.Time }

// NewLoad on the URLs that addresses names at each time. It counts from now.
func NewLoad(addresses func() []string) *Load {
	return &Load{
		addresses: addresses, last: time.Now(),
		client: http.Client{Timeout: askTimeout, Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

// Run until ctx ends.
func (l *Load) Run(ctx context.Context) {
	ticks := time.NewTicker(askEvery)
	defer ticks.Stop()
	slots := make(chan struct{}, asking)
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		all := l.addresses()
		if len(all) == 0 {
			continue
		}
		select {
		case slots <- struct{}{}:
			go func() {
				l.ask(ctx, all[i%len(all)])
				<-slots
			}()
		default:
		}
	}
}

func (l *Load) ask(ctx context.Context, url string) {
	l.asked.Add(1)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return
	}
	response, err := l.client.Do(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil || response.StatusCode != http.StatusOK {
		return
	}
	l.answered.Add(1)
	l.note(time.Now())
}

func (l *Load) note(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.last) > askEvery {
		l.gaps = append(l.gaps, gap{l.last, now})
	}
	if now.After(l.last) {
		l.last = now
	}
}

// Outage is the longest time without an answer since then. One that lasts counts up to now.
func (l *Load) Outage(since, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	longest := now.Sub(l.last)
	for _, g := range l.gaps {
		if g.to.After(since) {
			longest = max(longest, g.to.Sub(g.from))
		}
	}
	return longest
}

// Answers counts the requests and those that were answered.
func (l *Load) Answers() (asked, answered int64) { return l.asked.Load(), l.answered.Load() }
