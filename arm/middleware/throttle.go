package middleware

import (
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"

	"lotse.dev/arm/fault"
	"lotse.dev/arm/route"
)

// Rate is how many requests a second a caller may send in the long run, and how many at once.
type Rate struct {
	PerSecond float64
	Burst     int
}

// Throttle keeps one caller from taking the front door for itself. Callers without a name are told apart by their address.
func Throttle(limit Rate, c clock.PassiveClock) Inner {
	t := &throttle{limit: limit, clock: c, callers: map[string]*caller{}}
	return func(next route.Handler) route.Handler {
		return func(w http.ResponseWriter, r *route.Request) error {
			if wait := t.wait(key(r)); wait > 0 {
				return fault.New(fault.Throttled, "The request is being throttled as the limit of %g requests a second has been reached. "+
					"Wait as long as Retry-After says.", limit.PerSecond).After(wait)
			}
			return next(w, r)
		}
	}
}

func key(r *route.Request) string {
	if r.Caller.Principal != "" {
		return r.Caller.Principal
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return "from " + r.RemoteAddr
	}
	return "from " + host
}

type caller struct {
	bucket *rate.Limiter
	seen   time.Time
}

type throttle struct {
	limit Rate
	clock clock.PassiveClock

	mu      sync.Mutex
	callers map[string]*caller
}

const (
	forgetAfter = 10 * time.Minute
	sweepAt     = 1000
)

func (t *throttle) wait(key string) time.Duration {
	now := t.clock.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.callers[key]
	if c == nil {
		t.sweep(now)
		c = &caller{bucket: rate.NewLimiter(rate.Limit(t.limit.PerSecond), t.limit.Burst)}
		t.callers[key] = c
	}
	c.seen = now
	reservation := c.bucket.ReserveN(now, 1)
	delay := reservation.DelayFrom(now)
	if delay > 0 {
		reservation.CancelAt(now)
	}
	return delay
}

// sweep forgets callers that have been quiet, so that the table stays small.
func (t *throttle) sweep(now time.Time) {
	if len(t.callers) < sweepAt {
		return
	}
	for key, c := range t.callers {
		if now.Sub(c.seen) > forgetAfter {
			delete(t.callers, key)
		}
	}
}
