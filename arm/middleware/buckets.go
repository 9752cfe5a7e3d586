package middleware

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

// maxCallers that are remembered, some 200 bytes each. Beyond them the one that was idle for longest is forgotten, so requests from many
// addresses cannot fill the memory.
const maxCallers = 10_000

// buckets of tokens, one for each caller.
type buckets struct {
	limit Rate
	clock clock.PassiveClock

	mu      sync.Mutex
	callers *lru.Cache
}

func newBuckets(limit Rate, c clock.PassiveClock) *buckets {
	return &buckets{limit: limit, clock: c, callers: lru.New(maxCallers)}
}

// take a token out of a caller's bucket. If there is none, it says how long to wait for one.
func (b *buckets) take(key string) (left int, delay time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now, bucket := b.clock.Now(), b.of(key)
	if !bucket.AllowN(now, 1) {
		return 0, max(wait(bucket, now), time.Millisecond)
	}
	return int(bucket.TokensAt(now)), 0
}

// empty says how long to wait for a token, without taking one.
func (b *buckets) empty(key string) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return wait(b.of(key), b.clock.Now())
}

func (b *buckets) of(key string) *rate.Limiter {
	if found, ok := b.callers.Get(key); ok {
		return found.(*rate.Limiter)
	}
	bucket := rate.NewLimiter(rate.Limit(b.limit.PerSecond), b.limit.Burst)
	b.callers.Add(key, bucket)
	return bucket
}
