package middleware

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"k8s.io/utils/clock"
	"k8s.io/utils/lru"

	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

// Wrong secrets that are allowed: few for one principal from one address, more for one principal from all addresses, so that many addresses help
// an attacker little and cannot lock the principal out for long, and some for all names from one address. The last bound spares names that have
// logged in from the address before, because many people can share one. checksFrom are all log-ins of one address, right ones too: each takes
// tens of milliseconds of a processor.
var (
	wrongPair  = Rate{PerSecond: 1.0 / 6, Burst: 10}
	wrongName  = Rate{PerSecond: 1, Burst: 100}
	wrongFrom  = Rate{PerSecond: 1, Burst: 60}
	checksFrom = Rate{PerSecond: 20, Burst: 200}
)

// LogIns checks names and secrets, whatever the endpoint: it alone decides who is throttled, and notes what the audit log needs. Log-ins
// are counted for the principal whose secret is checked, whatever name the request has for it.
type LogIns struct {
	directory             *identity.Directory
	pair, name, from, all *buckets
	queues                *addressQueues
	seen                  *lru.Cache // addresses and names that have logged in
}

// NewLogIns of the principals in a directory.
func NewLogIns(directory *identity.Directory, c clock.PassiveClock) *LogIns {
	return &LogIns{
		directory: directory, queues: newAddressQueues(waitingFrom), seen: lru.New(maxCallers),
		pair: newBuckets(wrongPair, c), name: newBuckets(wrongName, c), from: newBuckets(wrongFrom, c), all: newBuckets(checksFrom, c),
	}
}

// Application logs a service principal or a managed identity in: identity.ErrUnknown if name or secret are wrong, fault.Throttled if there
// were too many.
func (l *LogIns) Application(r *route.Request, id, secret string) (identity.Identity, error) {
	return l.check(r, l.directory.FindApplication, id, secret)
}

// User logs a user in by name and password, with Application's errors.
func (l *LogIns) User(r *route.Request, name, password string) (identity.Identity, error) {
	return l.check(r, l.directory.FindUser, name, password)
}

// Anyone logs in an application by its ID or a user by its name. The errors are Application's.
func (l *LogIns) Anyone(r *route.Request, name, secret string) (identity.Identity, error) {
	return l.check(r, l.directory.FindAnyone, name, secret)
}

type finder func(ctx context.Context, name string) (identity.Candidate, error)

func (l *LogIns) check(r *route.Request, find finder, name, secret string) (identity.Identity, error) {
	r.Claimed = cmp.Or(name, "-")
	a := attempt{source: Source(r.RemoteAddr), claimed: strings.ToLower(name[:min(len(name), 128)])}
	if delay := l.fromDelay(a); delay > 0 {
		return identity.Identity{}, tooMany(delay)
	}
	done, err := l.queues.take(r.Context(), a.source)
	if err != nil {
		return identity.Identity{}, err
	}
	defer done()
	found, err := find(r.Context(), name)
	if err != nil {
		return identity.Identity{}, err
	}
	a.who = cmp.Or(found.Principal(), "unknown "+a.claimed)
	if delay := l.delay(a); delay > 0 {
		return identity.Identity{}, tooMany(delay)
	}
	caller, err := l.directory.Check(r.Context(), found, secret)
	l.note(a, err)
	if err == nil {
		r.Caller = caller
	}
	return caller, err
}

// attempt to log in: the address, the name in lower case, and the principal whose secret is checked.
type attempt struct{ source, claimed, who string }

func (a attempt) pair() string { return a.source + " " + a.who }
func (a attempt) name() string { return a.source + " " + a.claimed }

// fromDelay is how long names that are new at the address have to wait after many wrong ones.
func (l *LogIns) fromDelay(a attempt) time.Duration {
	if _, seen := l.seen.Get(a.name()); seen {
		return 0
	}
	return l.from.empty(a.source)
}

// delay until the attempt may be made. It counts the attempt for the address.
func (l *LogIns) delay(a attempt) time.Duration {
	if wrong := max(l.fromDelay(a), l.pair.empty(a.pair()), l.name.empty(a.who)); wrong > 0 {
		return wrong
	}
	_, delay := l.all.take(a.source)
	return delay
}

func (l *LogIns) note(a attempt, err error) {
	switch {
	case err == nil:
		l.seen.Add(a.name(), nil)
	case errors.Is(err, identity.ErrUnknown):
		l.from.take(a.source)
		l.pair.take(a.pair())
		l.name.take(a.who)
	}
}
