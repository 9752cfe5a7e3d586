package v1alpha1

// Networks of the management cluster that "lotse up" starts. Machines of every cluster have to reach addresses in them, so no network of a
// hosted cluster may overlap them.
const (
	// ManagementRange contains all of them.
	ManagementRange       = "100.96.0.0/14"
	ManagementPodCIDR     = "100.96.0.0/16"
	ManagementServiceCIDR = "100.97.0.0/16"
	// ManagementHostCIDR contains the host's own address.
	ManagementHostCIDR = "100.98.0.0/16"
)
