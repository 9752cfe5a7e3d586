package release

import "fmt"

// maxPoolSkew is how many minors a pool may be behind its control plane (as in AKS).
const maxPoolSkew = 3

// CheckUpgrade says why a control plane cannot go from one version to another: never back, never past a minor.
func CheckUpgrade(from, to Version) error {
	switch {
	case to.Compare(from) < 0:
		return fmt.Errorf("version %s is older than the present %s; a control plane never goes back", to, from)
	case to.Major != from.Major || to.Minor > from.Minor+1:
		return fmt.Errorf("version %s is more than one minor ahead of the present %s; upgrade one minor at a time", to, from)
	}
	return nil
}

// CheckPool says why a pool cannot have a version under a control plane.
func CheckPool(pool, controlPlane Version) error {
	switch {
	case pool.Compare(controlPlane) > 0:
		return fmt.Errorf("node pool version %s is newer than the control plane's %s; upgrade the control plane first", pool, controlPlane)
	case pool.Major != controlPlane.Major || pool.Minor < controlPlane.Minor-maxPoolSkew:
		return fmt.Errorf("node pool version %s is more than %d minors behind the control plane's %s", pool, maxPoolSkew, controlPlane)
	}
	return nil
}
