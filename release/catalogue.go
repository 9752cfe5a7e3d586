package release

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"lotse.dev/api/v1alpha1"
)

// SupportedMinors is how many minors are in support (as in AKS: N, N-1, N-2).
const SupportedMinors = 3

// Catalogue of versions, made from the Releases that exist, at one time.
type Catalogue struct {
	entries []entry
	now     time.Time
}

type entry struct {
	version Version
	release v1alpha1.Release
}

// New sorts releases into a catalogue, newest version first, and newest build of a version first. A release whose version cannot be read
// is left out, because a request could not name it.
func New(releases []v1alpha1.Release, now time.Time) Catalogue {
	c := Catalogue{now: now}
	for _, r := range releases {
		if v, err := ParseVersion(r.Spec.KubernetesVersion); err == nil && !v.Alias() {
			c.entries = append(c.entries, entry{v, r})
		}
	}
	slices.SortFunc(c.entries, func(a, b entry) int {
		if d := b.version.Compare(a.version); d != 0 {
			return d
		}
		if d := b.release.CreationTimestamp.Compare(a.release.CreationTimestamp.Time); d != 0 {
			return d
		}
		return strings.Compare(a.release.Name, b.release.Name)
	})
	return c
}

// Versions in the catalogue, newest first, each once.
func (c Catalogue) Versions() []Version {
	var all []Version
	for _, e := range c.entries {
		if len(all) == 0 || all[len(all)-1] != e.version {
			all = append(all, e.version)
		}
	}
	return all
}

// Minors in the catalogue as aliases, newest first.
func (c Catalogue) Minors() []Version {
	var all []Version
	for _, v := range c.Versions() {
		if minor := (Version{v.Major, v.Minor, -1}); len(all) == 0 || all[len(all)-1] != minor {
			all = append(all, minor)
		}
	}
	return all
}

// Supported versions are those of the newest minors; only they can be created. One that upstream supports no more stays among them: an installation
// gets newer ones only when its operator adds them.
func (c Catalogue) Supported() []Version {
	return slices.DeleteFunc(c.Versions(), func(v Version) bool { return c.PlanOf(v) != Official })
}

// StateOf a version now.
func (c Catalogue) StateOf(v Version) State { return StateOf(v, c.now) }

// Default is the newest patch of the newest minor but one (as in AKS: N-1), or of the only minor there is. Previews and versions that have expired
// are left out if there are others.
func (c Catalogue) Default() (Version, error) {
	supported := c.Supported()
	sound := slices.DeleteFunc(slices.Clone(supported), func(v Version) bool { return c.StateOf(v) == Preview || c.StateOf(v) == Expired })
	if len(sound) == 0 {
		sound = supported
	}
	if len(sound) == 0 {
		return Version{}, fmt.Errorf("no Kubernetes release is installed")
	}
	for _, v := range sound {
		if !v.SameMinor(sound[0]) {
			return v, nil
		}
	}
	return sound[0], nil
}

// Resolve turns what a request asks for into a version that can be created: "" is the default, an alias its newest patch.
func (c Catalogue) Resolve(requested string) (Version, error) {
	if requested == "" {
		return c.Default()
	}
	v, err := ParseVersion(requested)
	if err != nil {
		return Version{}, fmt.Errorf("%w; available are %s", err, c.List())
	}
	if found, ok := match(c.Supported(), v); ok {
		return found, nil
	}
	if found, ok := match(c.Versions(), v); ok && c.PlanOf(found) == PlatformOnly {
		return Version{}, fmt.Errorf("version %s has platform support only: its clusters go on, but no new ones are created; available are %s", found, c.List())
	}
	return Version{}, fmt.Errorf("version %s is not supported here; available are %s", requested, c.List())
}

// match finds the version among those given, newest first, or the newest patch of an alias.
func match(among []Version, v Version) (Version, bool) {
	i := slices.IndexFunc(among, func(o Version) bool { return o == v || v.Alias() && o.SameMinor(v) })
	if i < 0 {
		return Version{}, false
	}
	return among[i], true
}

// Release of a version: its newest build.
func (c Catalogue) Release(v Version) (v1alpha1.Release, bool) {
	all := c.Releases(v)
	if len(all) == 0 {
		return v1alpha1.Release{}, false
	}
	return all[0], true
}

// Releases of a version: its builds, newest first.
func (c Catalogue) Releases(v Version) (all []v1alpha1.Release) {
	for _, e := range c.entries {
		if e.version == v {
			all = append(all, e.release)
		}
	}
	return all
}

// NodeImage is the newest build of a version with a node image.
func (c Catalogue) NodeImage(v Version, image string) (v1alpha1.Release, bool) {
	for _, e := range c.entries {
		if e.version == v && strings.EqualFold(e.release.Spec.NodeImageVersion, image) {
			return e.release, true
		}
	}
	return v1alpha1.Release{}, false
}

// NodeImages of a version, newest first, each once.
func (c Catalogue) NodeImages(v Version) []string {
	var all []string
	for _, e := range c.entries {
		if image := e.release.Spec.NodeImageVersion; e.version == v && !slices.Contains(all, image) {
			all = append(all, image)
		}
	}
	return all
}

// ByName finds a Release that a cluster or pool is on.
func (c Catalogue) ByName(name string) (v1alpha1.Release, bool) {
	for _, e := range c.entries {
		if e.release.Name == name {
			return e.release, true
		}
	}
	return v1alpha1.Release{}, false
}

// List of supported versions for a message.
func (c Catalogue) List() string {
	if len(c.entries) == 0 {
		return "none (no Kubernetes release is installed)"
	}
	return list(c.Supported())
}

func list(versions []Version) string {
	var names []string
	for _, v := range versions {
		names = append(names, v.String())
	}
	return strings.Join(names, ", ")
}
