package rollout

import (
	"slices"
	"time"
)

// Plan is what to do next. Steps name machines by their instance.
type Plan struct {
	// Surge is how many machines to add.
	Surge int
	// Drain asks for a drain, Replace gives another image, Quarantine leaves a node cordoned, Release takes back what a drain did, Remove deletes
	// a surge machine.
	Drain, Replace, Quarantine, Release, Remove []int64
	// Next is when a time limit or a soak is over; zero if nothing waits for one.
	Next time.Duration
}

// Decide makes the plan.
func Decide(f Facts) Plan {
	switch {
	case !f.Active:
		return settle(f)
	case f.blocked() != nil && !f.Quarantine:
		return Plan{} // the operation of the pool fails, and then all is cleared away
	}
	p := Plan{}
	for _, m := range f.Machines {
		f.advance(&p, m)
	}
	if p.changes() {
		return p // what comes next is decided by what these have led to
	}
	return f.begin(p)
}

// settle clears away what a rollout left: its surge machines, and drains that led to nothing. A quarantined node stays so until the next rollout.
func settle(f Facts) Plan {
	p := Plan{}
	for _, m := range f.Machines {
		switch {
		case m.Leaving:
		case m.Surge:
			p.Remove = append(p.Remove, m.Instance)
		case m.Drain != nil && (!m.Drain.Quarantined || m.Current):
			p.Release = append(p.Release, m.Instance)
		}
	}
	return p
}

// advance a machine that a rollout has begun with.
func (f Facts) advance(p *Plan, m Machine) {
	switch {
	case m.Leaving:
	case m.Surge && !m.Current: // of a rollout to another image
		p.Remove = append(p.Remove, m.Instance)
	case m.Drain == nil:
	case m.Current || m.Drain.Rollout != f.Generation:
		p.Release = append(p.Release, m.Instance)
	case m.Drain.Quarantined:
	case m.Drained && f.left(m) <= 0:
		p.Replace = append(p.Replace, m.Instance)
	case !m.Drained && f.left(m) <= 0:
		p.Quarantine = append(p.Quarantine, m.Instance)
	case p.Next == 0 || f.left(m) < p.Next:
		p.Next = f.left(m)
	}
}

// left is how long a drain may still take, or how long a drained machine still soaks.
func (f Facts) left(m Machine) time.Duration {
	if m.Drained {
		since := m.Drain.Since.Time
		if m.DrainedSince.After(since) {
			since = m.DrainedSince
		}
		return since.Add(f.Soak).Sub(f.Now)
	}
	return m.Drain.Since.Add(f.DrainTimeout).Sub(f.Now)
}

func (p Plan) changes() bool {
	return p.Surge+len(p.Drain)+len(p.Replace)+len(p.Quarantine)+len(p.Release)+len(p.Remove) > 0
}

// begin what there is room for: surge machines first, then drains. Surge machines go when nothing is left to replace.
func (f Facts) begin(p Plan) Plan {
	if len(f.outdated()) == 0 {
		if len(f.arriving()) == 0 {
			p.Remove = f.surge()
		}
		return p
	}
	if f.count(permanent) != f.Count {
		return p // it is being scaled, which comes first
	}
	p.Surge = max(0, min(min(f.Surge, len(f.outdated()))-len(f.surge()), f.Count+f.Surge-len(f.Machines)))
	p.Drain = f.drainable()
	return p
}

// drainable are the machines whose drain can begin. A node that is not Ready serves nobody, so it goes first and costs nothing.
func (f Facts) drainable() (begin []int64) {
	serving := f.count(serves)
	room := f.Surge + f.Unavailable - f.count(f.draining) - len(f.arriving())
	waiting := slices.DeleteFunc(f.outdated(), f.draining)
	slices.SortStableFunc(waiting, func(a, b Machine) int { return order(a.Ready) - order(b.Ready) })
	for _, m := range waiting {
		if room <= 0 || m.Ready && serving-1 < f.Count-f.Unavailable {
			break
		}
		if m.Ready {
			serving--
		}
		room--
		begin = append(begin, m.Instance)
	}
	return begin
}

func order(ready bool) int {
	if ready {
		return 1
	}
	return 0
}
