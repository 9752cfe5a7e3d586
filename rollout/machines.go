package rollout

import (
	"cmp"
	"slices"
)

// outdated are the machines that are yet to be replaced, in their order. Those that are quarantined in this rollout are not.
func (f Facts) outdated() []Machine {
	return f.those(func(m Machine) bool { return permanent(m) && !m.Current && !f.quarantined(m) })
}

// arriving are machines that were replaced and are not Ready yet.
func (f Facts) arriving() []Machine {
	return f.those(func(m Machine) bool { return permanent(m) && m.Current && m.Replaced && !m.Ready })
}

// surge machines of this rollout.
func (f Facts) surge() (instances []int64) {
	for _, m := range f.those(func(m Machine) bool { return m.Surge && !m.Leaving }) {
		instances = append(instances, m.Instance)
	}
	return instances
}

// blocked is the first machine that could not be drained in time; nil if all can.
func (f Facts) blocked() *Machine {
	for _, m := range f.outdated() {
		if f.draining(m) && !m.Drained && f.left(m) <= 0 {
			return &m
		}
	}
	return nil
}

func (f Facts) draining(m Machine) bool {
	return m.Drain != nil && m.Drain.Rollout == f.Generation && !m.Drain.Quarantined && !m.Leaving && !m.Current
}

func (f Facts) quarantined(m Machine) bool {
	return m.Drain != nil && m.Drain.Rollout == f.Generation && m.Drain.Quarantined && !m.Current
}

// permanent machines count for the pool's size.
func permanent(m Machine) bool { return !m.Surge && !m.Leaving }

// serves reports whether a machine is a node that Pods can count on: a Ready one that is not being drained. A quarantined one keeps its Pods.
func serves(m Machine) bool {
	return m.Ready && !m.Leaving && (m.Drain == nil || m.Drain.Quarantined)
}

func (f Facts) count(is func(Machine) bool) int { return len(f.those(is)) }

func (f Facts) those(are func(Machine) bool) []Machine {
	some := slices.DeleteFunc(slices.Clone(f.Machines), func(m Machine) bool { return !are(m) })
	slices.SortFunc(some, func(a, b Machine) int { return cmp.Compare(a.Instance, b.Instance) })
	return some
}
