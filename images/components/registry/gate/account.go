package gate

import (
	"sync"
	"time"

	"lotse.dev/images/components/registry/store"
)

// fresh is how long a reading of the volume is used before the volume is read again.
const fresh = 15 * time.Second

// account is what one subscription stores, as far as is known: what the volume held a moment ago, and what was written since.
type account struct {
	mu   sync.Mutex
	used store.Usage
	read time.Time
}

// usage at a time. Requests of one subscription wait for each other, and read the volume once.
func (a *account) usage(s store.Store, owner string, now time.Time) (store.Usage, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.read.IsZero() || now.Sub(a.read) > fresh {
		used, err := s.Usage(owner)
		if err != nil {
			return used, err
		}
		a.used, a.read = used, now
	}
	return a.used, nil
}

// add what was written, or removed if less than 0.
func (a *account) add(bytes int64, uploads int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used.Bytes += bytes
	a.used.Uploads = max(0, a.used.Uploads+uploads)
}

// take bytes that are about to be written, and report whether they are within the limit.
func (a *account) take(bytes, limit int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.used.Bytes += bytes
	return a.used.Bytes <= limit
}

// forget what is known: something was removed.
func (a *account) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.read = time.Time{}
}

// accounts by their owner.
type accounts struct {
	mu  sync.Mutex
	all map[string]*account
}

func (a *accounts) of(owner string) *account {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[string]*account{}
	}
	if a.all[owner] == nil {
		a.all[owner] = &account{}
	}
	return a.all[owner]
}
