package middleware

import (
	"context"
	"sync"
	"time"
)

// waitingFrom is how many log-ins of one address may wait.
const waitingFrom = 32

// addressQueues let one request of each address be served at a time, so that a flood from one address delays mostly itself.
type addressQueues struct {
	most int

	mu     sync.Mutex
	queues map[string]*queue
}

type queue struct {
	slot    chan struct{}
	members int // the one that is served, and those that wait
}

func newAddressQueues(most int) *addressQueues {
	return &addressQueues{most: most, queues: map[string]*queue{}}
}

// take waits until no other request of the address is served. The caller calls release when it is done. The error is fault.Throttled if too many
// wait already.
func (a *addressQueues) take(ctx context.Context, key string) (release func(), err error) {
	q, ok := a.enter(key)
	if !ok {
		return nil, tooMany(time.Second)
	}
	select {
	case q.slot <- struct{}{}:
		return func() { <-q.slot; a.leave(key) }, nil
	case <-ctx.Done():
		a.leave(key)
		return nil, ctx.Err()
	}
}

func (a *addressQueues) enter(key string) (*queue, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	q := a.queues[key]
	if q == nil {
		q = &queue{slot: make(chan struct{}, 1)}
		a.queues[key] = q
	}
	if q.members > a.most {
		return nil, false
	}
	q.members++
	return q, true
}

func (a *addressQueues) leave(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if q := a.queues[key]; q != nil {
		if q.members--; q.members == 0 {
			delete(a.queues, key)
		}
	}
}
