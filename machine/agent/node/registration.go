package node

import (
	"context"
	"errors"
	"sync"
	"time"

	"k8s.io/utils/clock"
	"lotse.dev/machine/agent/supervise"
)

// registrationPeriod is how often the API server is asked whether the machine's node is there: seldom, because every node asks.
const registrationPeriod = 30 * time.Second

var errNodeGone = errors.New("its node was deleted; it registers a new one when it starts again")

// registration is whether the machine's node is there. A kubelet registers its node only when it starts: one whose node somebody deleted
// would run on for ever without one. So it is not well, and is started again as whatever is not well.
type registration struct {
	ask   func(ctx context.Context) (registered, known bool)
	clock clock.PassiveClock

	mu    sync.Mutex
	asked time.Time
	seen  bool  // the node was there once; before that, waiting for it is nothing unusual
	gone  error // the latest verdict
}

// probe is a kubelet's own probe, and then whether its node is there.
func (r *registration) probe(kubelet supervise.Probe) supervise.Probe {
	return func(ctx context.Context) error {
		if err := kubelet(ctx); err != nil {
			return err
		}
		return r.check(ctx)
	}
}

// check asks at most once in a period as long as all is well, and each time while it is not, so that the new node is seen at once.
func (r *registration) check(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.clock.Now(); r.gone != nil || now.Sub(r.asked) >= registrationPeriod {
		r.asked = now
		r.gone = r.verdict(r.ask(ctx))
	}
	return r.gone
}

func (r *registration) verdict(registered, known bool) error {
	if known && registered {
		r.seen = true
	}
	if known && !registered && r.seen {
		return errNodeGone
	}
	return nil
}
