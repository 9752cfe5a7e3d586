package release

import (
	"fmt"
	"slices"
)

// ResolveUpgrade turns what a write of a cluster asks for into a version that its control plane can go to.
func (c Catalogue) ResolveUpgrade(requested string, from Version) (Version, error) {
	v, err := ParseVersion(requested)
	if err != nil {
		return Version{}, fmt.Errorf("%w; upgrades of %s are %s", err, from, c.upgradeList(from))
	}
	to, found := match(c.Versions(), v)
	if !found {
		to = v
	}
	if err := CheckUpgrade(from, to); err != nil {
		return Version{}, fmt.Errorf("%w; upgrades of %s are %s", err, from, c.upgradeList(from))
	}
	if !found {
		return Version{}, fmt.Errorf("version %s is not installed here; upgrades of %s are %s", requested, from, c.upgradeList(from))
	}
	return to, nil
}

// Upgrades are the versions that a control plane can go to, oldest first: newer patches of its minor and those of the next one. They may have left
// the window themselves, where they lie on the way back into it.
func (c Catalogue) Upgrades(from Version) []Version {
	return c.where(func(v Version) bool { return CheckUpgrade(from, v) == nil && v != from })
}

// PoolUpgrades are the versions that a pool can go to under its control plane, oldest first.
func (c Catalogue) PoolUpgrades(pool, controlPlane Version) []Version {
	return c.where(func(v Version) bool { return v.Compare(pool) > 0 && CheckPool(v, controlPlane) == nil })
}

// PoolVersions are the versions that a new pool can have under a control plane, newest first.
func (c Catalogue) PoolVersions(controlPlane Version) []Version {
	versions := c.where(func(v Version) bool { return c.PlanOf(v) == Official && CheckPool(v, controlPlane) == nil })
	slices.Reverse(versions)
	return versions
}

func (c Catalogue) where(keep func(Version) bool) []Version {
	kept := slices.DeleteFunc(c.Versions(), func(v Version) bool { return !keep(v) })
	slices.Reverse(kept)
	return kept
}

func (c Catalogue) upgradeList(from Version) string {
	if upgrades := c.Upgrades(from); len(upgrades) > 0 {
		return list(upgrades)
	}
	return "none (no newer Kubernetes release is installed)"
}
