package admission

import (
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
)

// NewCluster decides whether a subscription may have one more cluster beside those that it has and those that are reserved, and whether its
// node resource group belongs to none of them.
func NewCluster(l v1alpha1.Limits, have []v1alpha1.ManagedCluster, reserved []concurrency.Reservation, nodeGroup string) error {
	if used := len(have) + len(reserved); used >= int(l.Clusters) {
		return exceeded("managed clusters", l.Clusters, used, 1, "")
	}
	if slices.ContainsFunc(have, func(c v1alpha1.ManagedCluster) bool { return strings.EqualFold(c.Spec.NodeResourceGroup, nodeGroup) }) ||
		slices.ContainsFunc(reserved, func(r concurrency.Reservation) bool { return r.Takes(nodeGroup) }) {
		return fault.New(fault.Conflict, "The node resource group '%s' is another managed cluster's. Choose another nodeResourceGroup.",
			nodeGroup).At("properties.nodeResourceGroup")
	}
	return nil
}

// NodeGroupExists refuses a new cluster whose node resource group exists already.
func NodeGroupExists(name string) error {
	return fault.New(fault.Conflict, "The node resource group '%s' exists already. Choose another nodeResourceGroup, or delete that group.",
		name).At("properties.nodeResourceGroup")
}

// PutPool decides whether a pool of the cluster may be written by itself.
func PutPool(present state.Cluster, name string) error {
	if present.IsPending(name) {
		return pending(present, name)
	}
	return nil
}

// pending refuses a write of a pool that the controller would undo: the cluster's failed operation is yet to make the pool, or to change it. While
// that operation runs, IdleChild refuses the write.
func pending(present state.Cluster, name string) error {
	return fault.New(fault.OperationNotAllowed, "Operation is not allowed because the agent pool '%s' is not yet as the last operation of the managed "+
		"cluster '%s', which did not succeed, was to make it. Repeat the write of the cluster first, or delete the cluster.", name, present.Object.Spec.Name)
}

// DeletePool decides whether a pool of the cluster may be deleted.
func DeletePool(present state.Cluster, p state.Pool) error {
	switch {
	case !p.Leaving() && present.IsPending(p.Name):
		return pending(present, p.Name)
	case present.Object.DeletionTimestamp == nil && lastSystemPool(present, p):
		return fault.New(fault.BadRequest, "There has to be at least one agent pool of mode System: '%s' is the last one and cannot be deleted. "+
			"Add another System pool first, or delete the cluster.", p.Name)
	}
	return nil
}

func lastSystemPool(present state.Cluster, p state.Pool) bool {
	for name, other := range present.Staying() {
		if name != p.Name && other.Mode == v1alpha1.SystemPool {
			return false
		}
	}
	return p.Spec.Mode == v1alpha1.SystemPool
}
