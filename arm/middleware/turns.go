package middleware

import (
	"context"
	"sync"
	"time"
)

// waitingFrom is how many log-ins of one address may wait for its turn.
const waitingFrom = 32

// turns serve one request of each address at a time, so that a flood from one address delays mostly itself.
type turns struct {
	most int

	mu     sync.Mutex
	queues map[string]*queue
}

type queue struct {
	turn    chan struct{}
	members int // the one that is served, and those that wait
}

func newTurns(most int) *turns { return &turns{most: most, queues: map[string]*queue{}} }

// take waits for the address's turn. The caller gives it back. Too many that wait are fault.Throttled.
func (t *turns) take(ctx context.Context, key string) (back func(), err error) {
	q, ok := t.enter(key)
	if !ok {
		return nil, tooMany(time.Second)
	}
	select {
	case q.turn <- struct{}{}:
		return func() { <-q.turn; t.leave(key) }, nil
	case <-ctx.Done():
		t.leave(key)
		return nil, ctx.Err()
	}
}

func (t *turns) enter(key string) (*queue, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.queues[key]
	if q == nil {
		q = &queue{turn: make(chan struct{}, 1)}
		t.queues[key] = q
	}
	if q.members > t.most {
		return nil, false
	}
	q.members++
	return q, true
}

func (t *turns) leave(key string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if q := t.queues[key]; q != nil {
		if q.members--; q.members == 0 {
			delete(t.queues, key)
		}
	}
}
