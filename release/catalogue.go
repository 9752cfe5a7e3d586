package release

import (
	"fmt"
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
)

// SupportedMinors is how many minors are in support (aks-facts: N, N-1, N-2).
const SupportedMinors = 3

// Catalogue of versions, made from the Releases that exist.
type Catalogue struct{ entries []entry }

type entry struct {
	version Version
	release v1alpha1.Release
}

// New sorts releases into a catalogue, newest version first, and newest build of a version first. A release whose version cannot be read
// is left out, because a request could not name it.
func New(releases []v1alpha1.Release) Catalogue {
	var c Catalogue
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

// Supported versions are those of the newest minors; only they can be created.
func (c Catalogue) Supported() []Version {
	minors := c.Minors()
	if len(minors) == 0 {
		return nil
	}
	oldest := minors[0].Minor - SupportedMinors + 1
	return slices.DeleteFunc(c.Versions(), func(v Version) bool { return v.Major != minors[0].Major || v.Minor < oldest })
}

// Default is the newest patch of the newest minor but one (aks-facts: N-1), or of the only minor there is.
func (c Catalogue) Default() (Version, error) {
	supported := c.Supported()
	if len(supported) == 0 {
		return Version{}, fmt.Errorf("no Kubernetes release is installed")
	}
	for _, v := range supported {
		if !v.SameMinor(supported[0]) {
			return v, nil
		}
	}
	return supported[0], nil
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
	for _, s := range c.Supported() {
		if s == v || (v.Alias() && s.SameMinor(v)) {
			return s, nil
		}
	}
	return Version{}, fmt.Errorf("version %s is not supported here; available are %s", requested, c.List())
}

// Release of a version: its newest build.
func (c Catalogue) Release(v Version) (v1alpha1.Release, bool) {
	for _, e := range c.entries {
		if e.version == v {
			return e.release, true
		}
	}
	return v1alpha1.Release{}, false
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

// Upgrades are the versions that a control plane can go to, oldest first: newer patches of its minor and those of the next one.
func (c Catalogue) Upgrades(from Version) []Version {
	return c.where(func(v Version) bool { return CheckUpgrade(from, v) == nil && v != from })
}

// PoolUpgrades are the versions that a pool can go to under its control plane, oldest first.
func (c Catalogue) PoolUpgrades(pool, controlPlane Version) []Version {
	return c.where(func(v Version) bool { return v.Compare(pool) > 0 && CheckPool(v, controlPlane) == nil })
}

// PoolVersions are the versions that a new pool can have under a control plane, newest first.
func (c Catalogue) PoolVersions(controlPlane Version) []Version {
	versions := c.where(func(v Version) bool { return CheckPool(v, controlPlane) == nil })
	slices.Reverse(versions)
	return versions
}

func (c Catalogue) where(keep func(Version) bool) []Version {
	kept := slices.DeleteFunc(c.Supported(), func(v Version) bool { return !keep(v) })
	slices.Reverse(kept)
	return kept
}

// List of supported versions for a message.
func (c Catalogue) List() string {
	var names []string
	for _, v := range c.Supported() {
		names = append(names, v.String())
	}
	if len(names) == 0 {
		return "none (no Kubernetes release is installed)"
	}
	return strings.Join(names, ", ")
}
