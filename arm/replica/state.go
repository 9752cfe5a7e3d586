package replica

import "time"

// Times of the Lease.
const (
	// Term is how long a replica relies on what it wrote.
	Term = 3 * time.Second
	// Quiet is how long another replica must not have been seen. It is longer than two of them that are idle take to meet.
	Quiet = 25 * time.Second
	// busy and idle replicas write so often. One that met others is busy.
	busy = time.Second
	idle = 10 * time.Second
	// margin of a Term for clocks that run at different speeds.
	margin = 200 * time.Millisecond
)

// state of a replica: times are this replica's own.
type state struct {
	// written is when the last write of the Lease that succeeded began; zero if there was none.
	written time.Time
	// met is when another replica was seen last; zero if none was.
	met time.Time
	// joined is from when on writes may be answered.
	joined time.Time
	// refreshed: what other replicas wrote before this one was alone is known.
	refreshed bool
}

// current reports whether this replica may rely on its last write of the Lease.
func (s state) current(now time.Time) bool {
	return !s.written.IsZero() && now.Before(s.written.Add(Term-margin))
}

// acknowledges reports whether a write that was stored before may be answered.
func (s state) acknowledges(now time.Time) bool { return s.current(now) && !now.Before(s.joined) }

// single reports whether no other replica answers writes.
func (s state) single(now time.Time) bool {
	return s.acknowledges(now) && (s.met.IsZero() || !now.Before(s.met.Add(Quiet)))
}

// alone reports whether this replica knows all writes that were answered.
func (s state) alone(now time.Time) bool { return s.refreshed && s.single(now) }

// wrote is the state after a write of the Lease. met says that another replica wrote it before.
func (s state) wrote(began, ended time.Time, met bool) state {
	if met {
		if !s.current(ended) { // the other one may have been alone meanwhile
			s.joined = ended.Add(Term)
		}
		s.met, s.refreshed = ended, false
	}
	s.written = began
	return s
}

// next is how long to wait until the Lease is written again. used is when somebody asked last.
func (s state) next(now, used time.Time) time.Duration {
	if now.Before(used.Add(idle)) || !s.met.IsZero() && now.Before(s.met.Add(Quiet+busy)) || !s.refreshed {
		return busy
	}
	return idle
}
