package preflight

import (
	"time"

	policyv1 "k8s.io/api/policy/v1"

	"lotse.dev/release"
	"lotse.dev/webhooks"
)

// Facts of an upgrade that is asked for.
type Facts struct {
	// From and To are the versions of the control plane.
	From, To release.Version
	// Pools that stay, by name.
	Pools []Pool
	// Lacking is what the management cluster lacks for the upgrade's surge machines; empty if nothing is known to be missing.
	Lacking string
	// Acknowledged are the IDs of the version gates that the customer has acknowledged.
	Acknowledged []string
	// Forced reports that the customer overrides what can be overridden.
	Forced bool
	// Cluster is what the cluster itself answered.
	Cluster Cluster
}

// Pool of the cluster, as the upgrade leaves it.
type Pool struct {
	Name string
	// Runs is the oldest version of its nodes, and To the one that they are to have.
	Runs, To release.Version
	// Drained reports that the upgrade replaces its nodes.
	Drained bool
}

// Answer of the cluster to one question.
type Answer[T any] struct {
	Items []T
	// Unknown is why there is no answer; empty if there is one.
	Unknown string
}

// Cluster is what a hosted cluster says of itself.
type Cluster struct {
	Budgets Answer[policyv1.PodDisruptionBudget]
	// Crowded are Pods under several budgets.
	Crowded  Answer[Crowded]
	APIs     Answer[API]
	Webhooks Answer[Webhook]
	// Subjects are the names of what version gates concern.
	Subjects map[release.Subject]Answer[string]
}

// Crowded is a Pod that several disruption budgets select.
type Crowded struct {
	Namespace, Name string
	Budgets         []string
}

// API that somebody has requested from the API server, and that upstream removes.
type API struct {
	Group, Version, Resource, Subresource string
	// Removed is the minor that does not have it any more, such as 1.37.
	Removed string
	// Since is when the API server began to count; zero if that is not known.
	Since time.Time
}

// Webhook that can refuse what an upgrade needs.
type Webhook struct {
	webhooks.Obstacle
	// Silent reports that nothing runs that could answer for it.
	Silent bool
}
