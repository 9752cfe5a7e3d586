package release

import "slices"

// Gate is a break that upstream documents for a minor, and that no change of the service can spare a customer who is concerned: an upgrade to the minor
// asks for the customer's acknowledgement, if the cluster has what the gate concerns.
type Gate struct {
	// ID by which it is acknowledged.
	ID string
	// Minor that the break comes with, such as 1.36.
	Minor string
	// Sentence says what breaks, and Remedy what to do before the upgrade.
	Sentence, Remedy string
	// Link to where upstream says so.
	Link string
	// Concerns is what of a cluster is concerned.
	Concerns Subject
}

// Subject is something that a cluster may have.
type Subject string

const (
	// DRADrivers publish devices in ResourceSlices.
	DRADrivers Subject = "drivers of dynamic resource allocation"
	// NodeLogRoles are ClusterRoles of the customer that allow reading nodes' logs.
	NodeLogRoles Subject = "cluster roles that allow reading nodes/log"
)

// gates by the minor they come with, the oldest first. What is in here of upstream's "Urgent Upgrade Notes" and of what it marks with ACTION REQUIRED is what
// a customer can be concerned by. It has none of what the service configures (flags and feature gates of components), of what clusters of Lotse do not
// have (API versions that are off by default, SELinux on nodes), of libraries, and no names of metrics.
var gates = []Gate{{
	ID: "dra-granular-status-authorization", Minor: "1.36", Concerns: DRADrivers,
	Sentence: "Drivers and controllers of dynamic resource allocation need permissions of their own to update the status of ResourceClaims; without them their " +
		"updates are refused, and Pods that claim their devices do not start",
	Remedy: "Grant schedulers and controllers update and patch on resourceclaims/binding, and drivers associated-node:update or arbitrary-node:update on " +
		"resourceclaims/driver (or install versions of the drivers that bring these roles)",
	Link: "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.36.md#api-change",
}, {
	ID: "kubelet-configuration-in-logs", Minor: "1.37", Concerns: NodeLogRoles,
	Sentence: "Kubelets write their effective configuration to their log when they start; who may read nodes/log can read it",
	Remedy:   "Leave nodes/log only to those who may know how nodes are configured",
	Link:     "https://github.com/kubernetes/kubernetes/blob/master/CHANGELOG/CHANGELOG-1.37.md#urgent-upgrade-notes",
}}

// Gates that an upgrade passes: those of minors after the present one, up to the one it goes to.
func Gates(from, to Version) []Gate {
	return slices.DeleteFunc(slices.Clone(gates), func(g Gate) bool {
		minor, err := ParseVersion(g.Minor)
		passed := minor.Compare(from) > 0 && !minor.SameMinor(from)
		return err != nil || !passed || minor.Compare(to) > 0
	})
}

// GateIDs are those that can be acknowledged.
func GateIDs() (ids []string) {
	for _, g := range gates {
		ids = append(ids, g.ID)
	}
	return ids
}
