// Package state is a managed cluster with its pools as they are on the management cluster: what every decision about a write begins with.
package state

import (
	"slices"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/operation"
	"lotse.dev/release"
)

// Kinds of objects that have operations.
const (
	ClusterKind operation.Kind = "mc"
	PoolKind    operation.Kind = "ap"
)

// Nouns of the resources in messages.
const (
	ClusterNoun = "managed cluster"
	PoolNoun    = "agent pool"
)

// Cluster as it is. Without an Object there is none, and only TenantID is set.
type Cluster struct {
	Object      *v1alpha1.ManagedCluster
	PoolObjects []v1alpha1.AgentPool
	TenantID    string
}

// Pool of a cluster. It is an object, or still only a profile in the cluster's spec, or both.
type Pool struct {
	Name   string
	Spec   v1alpha1.AgentPoolSpec
	Object *v1alpha1.AgentPool
}

// Failed reports whether the pool's last operation failed or was aborted, so that a write has to repeat it.
func (p Pool) Failed() bool { return p.Object != nil && unsuccessful(p.Object) }

func unsuccessful(o v1alpha1.Tracked) bool {
	state := v1alpha1.CurrentOperation(o).State
	return state == v1alpha1.Failed || state == v1alpha1.Canceled
}

// Resource that the pool is in its cluster's family.
func (p Pool) Resource() concurrency.Resource {
	r := concurrency.Resource{Kind: PoolKind, Noun: PoolNoun, Name: p.Name}
	if p.Object != nil { // a nil pointer is not a nil Object
		r.Object = p.Object
	}
	return r
}

// Leaving reports whether the pool is being deleted.
func (p Pool) Leaving() bool { return p.Object != nil && p.Object.DeletionTimestamp != nil }

// Exists reports whether there is a cluster.
func (c Cluster) Exists() bool { return c.Object != nil }

// Failed reports whether the last operation of the cluster or of one of its pools failed or was aborted.
func (c Cluster) Failed() bool {
	return unsuccessful(c.Object) || slices.ContainsFunc(c.Pools(), Pool.Failed)
}

// ETag of the cluster changes with its spec. It is empty if there is no cluster.
func (c Cluster) ETag() string {
	if c.Object == nil {
		return ""
	}
	return etag.Of(c.Object.UID, c.Object.Generation)
}

// PoolETag changes with the pool's spec and with its cluster's. It is empty if the pool has no object.
func (c Cluster) PoolETag(p Pool) string {
	if p.Object == nil {
		return ""
	}
	return etag.Of(p.Object.UID, p.Object.Generation, c.Object.Generation)
}

// Family of the cluster and its pools.
func (c Cluster) Family() concurrency.Family {
	f := concurrency.Family{Parent: concurrency.Resource{Kind: ClusterKind, Noun: ClusterNoun, Name: c.Object.Spec.Name, Object: c.Object}}
	for i := range c.PoolObjects {
		f.Children = append(f.Children, Pool{Name: c.PoolObjects[i].Spec.Name, Object: &c.PoolObjects[i]}.Resource())
	}
	return f
}

// Of makes the state of each cluster from all pools of their subscriptions.
func Of(clusters []v1alpha1.ManagedCluster, pools []v1alpha1.AgentPool) []Cluster {
	byCluster := map[string][]v1alpha1.AgentPool{}
	for _, p := range pools {
		byCluster[p.Spec.Cluster] = append(byCluster[p.Spec.Cluster], p)
	}
	var all []Cluster
	for i := range clusters {
		all = append(all, Cluster{Object: &clusters[i], PoolObjects: byCluster[clusters[i].Name]})
	}
	return all
}

// Nodes of all pools together.
func Nodes(pools map[string]v1alpha1.AgentPoolSpec) int32 {
	sum := int32(0)
	for _, p := range pools {
		sum += p.Count
	}
	return sum
}

// Version of an object's spec. It was checked when it was written; one that cannot be read counts as the oldest.
func Version(s string) release.Version {
	v, _ := release.ParseVersion(s)
	return v
}
