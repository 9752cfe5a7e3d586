package autoupgrade

import (
	"fmt"
	"slices"
	"time"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/release"
)

// target is the version that a channel leads a control plane to next.
type target struct {
	to release.Version
	// since is from when on the channel leads there.
	since time.Time
	// none says why there is nothing to do; "" if there is.
	none string
}

// targetOf a channel (as in AKS: patch, stable, rapid). Previews count for none of them.
func targetOf(channel string, from release.Version, releases []v1alpha1.Release, c release.Catalogue) target {
	if channel == v1alpha1.UpgradeChannelPatch {
		return patchOf(from, releases, c)
	}
	goal, newest, ok := goalOf(channel, c)
	switch {
	case !ok:
		return target{none: "No release is installed that is not a preview."}
	case from.Major != goal.Major || from.Minor > goal.Minor:
		return target{none: fmt.Sprintf("The control plane has %s, which is newer than what the channel leads to: %s.", from, goal.MinorString())}
	case from.Minor == goal.Minor:
		return patchOf(from, releases, c)
	}
	next, found := newestOf(release.Version{Major: from.Major, Minor: from.Minor + 1, Patch: -1}, c)
	if !found {
		t := patchOf(from, releases, c)
		if t.none != "" {
			t.none = fmt.Sprintf("The channel leads to %s, one minor after the other, and no release of %d.%d is installed.", goal.MinorString(), from.Major, from.Minor+1)
		}
		return t
	}
	return target{to: next, since: later(addedAt(releases, next), firstOf(releases, newest), released(next), released(newest))}
}

// patchOf a minor: its newest patch, if that is newer than the present one.
func patchOf(from release.Version, releases []v1alpha1.Release, c release.Catalogue) target {
	to, found := newestOf(from, c)
	if !found || to.Compare(from) <= 0 {
		return target{none: fmt.Sprintf("Nothing to do: of the patches of %s that are installed none is newer than %s.", from.MinorString(), from)}
	}
	return target{to: to, since: later(addedAt(releases, to), released(to))}
}

// goalOf a channel is a minor, and newest the one that it is counted from: N is the newest minor that is no preview; rapid leads to N, stable to the newest
// that is older than N, or to N if there is no other.
func goalOf(channel string, c release.Catalogue) (goal, newest release.Version, ok bool) {
	minors := slices.DeleteFunc(c.Minors(), func(v release.Version) bool { return c.StateOf(v) == release.Preview })
	switch {
	case len(minors) == 0:
		return goal, newest, false
	case channel == v1alpha1.UpgradeChannelStable && len(minors) > 1:
		return minors[1], minors[0], true
	}
	return minors[0], minors[0], true
}

// newestOf a minor is its newest patch, unless it is a preview.
func newestOf(minor release.Version, c release.Catalogue) (release.Version, bool) {
	for _, v := range c.Versions() {
		if v.SameMinor(minor) && c.StateOf(v) != release.Preview {
			return v, true
		}
	}
	return release.Version{}, false
}

// addedAt is when the first release of a version was added.
func addedAt(releases []v1alpha1.Release, v release.Version) time.Time {
	return first(releases, func(o release.Version, _ v1alpha1.Release) bool { return o == v })
}

// firstOf is when the first release of a minor was added.
func firstOf(releases []v1alpha1.Release, minor release.Version) time.Time {
	return first(releases, func(o release.Version, _ v1alpha1.Release) bool { return o.SameMinor(minor) })
}

func first(releases []v1alpha1.Release, is func(release.Version, v1alpha1.Release) bool) (earliest time.Time) {
	for _, r := range releases {
		if at := r.CreationTimestamp.Time; is(version(r.Spec.KubernetesVersion), r) && (earliest.IsZero() || at.Before(earliest)) {
			earliest = at
		}
	}
	return earliest
}

// released is when a minor stopped being a preview; zero if that is not known.
func released(v release.Version) time.Time {
	for _, p := range release.Lifecycle(v) {
		if p.State == release.Supported {
			return p.From
		}
	}
	return time.Time{}
}

func later(times ...time.Time) (latest time.Time) {
	for _, t := range times {
		if t.After(latest) {
			latest = t
		}
	}
	return latest
}
