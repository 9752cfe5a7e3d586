package release

import "time"

// State of a minor, by upstream's dates.
type State string

const (
	// Preview is not released yet: it is never the default.
	Preview State = "Preview"
	// Supported gets all patches.
	Supported State = "Supported"
	// Deprecated gets only fixes of critical bugs: it is time to upgrade.
	Deprecated State = "Deprecated"
	// Expired gets no patches any more. It is the default only if there is no other.
	Expired State = "Expired"
)

// Phase is a state and when it begins; the first has no beginning.
type Phase struct {
	State State
	From  time.Time
}

// Lifecycle of a minor: its phases in their order, of which the last one that has begun is the present one. A minor that upstream's calendar lacks is
// supported throughout.
func Lifecycle(v Version) []Phase {
	l, known := calendar[v.MinorString()]
	if !known {
		return []Phase{{State: Supported}}
	}
	return []Phase{{Preview, time.Time{}}, {Supported, l.released}, {Deprecated, l.maintenance}, {Expired, l.endOfLife}}
}

// StateOf a version at a time.
func StateOf(v Version, now time.Time) State {
	present := Supported
	for _, p := range Lifecycle(v) {
		if !now.Before(p.From) {
			present = p.State
		}
	}
	return present
}

// Plan is what a version can be used for.
type Plan string

const (
	// Official versions are the newest minors: new clusters can have them.
	Official Plan = "KubernetesOfficial"
	// PlatformOnly is the minor before them: its clusters go on, scale, stop and start, but no new one is created.
	PlatformOnly Plan = "PlatformSupport"
	// Unsupported is everything older.
	Unsupported Plan = "Unsupported"
)

// PlanOf a version, by how far its minor is behind the newest that is no preview (as in AKS: N to N-2, and N-3).
func (c Catalogue) PlanOf(v Version) Plan {
	newest, any := c.newest()
	switch {
	case !any || v.Major > newest.Major || v.Major == newest.Major && v.Minor > newest.Minor-SupportedMinors:
		return Official
	case v.Major == newest.Major && v.Minor == newest.Minor-SupportedMinors:
		return PlatformOnly
	}
	return Unsupported
}

// newest minor, as an alias. A preview counts only where there is nothing else.
func (c Catalogue) newest() (Version, bool) {
	minors := c.Minors()
	for _, m := range minors {
		if StateOf(m, c.now) != Preview {
			return m, true
		}
	}
	if len(minors) == 0 {
		return Version{}, false
	}
	return minors[0], true
}
