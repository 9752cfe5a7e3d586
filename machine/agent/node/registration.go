package node

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/supervise"
)

// registrationPeriod is how often the API server is asked whether the machine's node exists: seldom, because every node asks.
const registrationPeriod = 30 * time.Second

var errNodeGone = errors.New("its node was deleted; it registers a new one when it restarts")

// registration is whether the machine's node exists. A kubelet registers its node only when it starts: without a restart it would run
// forever without a node that was deleted. So such a kubelet counts as not healthy, and the supervisor restarts it.
type registration struct {
	ask   func(ctx context.Context) (registered, known bool)
	clock clock.PassiveClock

	mu    sync.Mutex
	asked time.Time
	seen  bool  // the node existed once; a kubelet that has not registered yet is healthy
	gone  error // the latest result
}

// probe is the kubelet's own probe, and then whether its node exists.
func (r *registration) probe(kubelet supervise.Probe) supervise.Probe {
	return func(ctx context.Context) error {
		if err := kubelet(ctx); err != nil {
			return err
		}
		return r.check(ctx)
	}
}

// check asks at most once in a period while the node exists, and each time while it does not, so that the new node is seen at once.
func (r *registration) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.clock.Now(); r.gone != nil || now.Sub(r.asked) >= registrationPeriod {
		r.asked = now
		r.gone = r.result(r.ask(ctx))
	}
	return r.gone
}

func (r *registration) result(registered, known bool) error {
	if known && registered {
		r.seen = true
	}
	if known && !registered && r.seen {
		return errNodeGone
	}
	return nil
}
