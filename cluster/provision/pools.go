package provision

import (
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/cluster/plan"
)

// poolSteps turn the profiles of a new generation into AgentPools, once. A pool that is later written by itself stays as that write left it.
func (f Facts) poolSteps() []plan.Step {
	if f.Cluster.Status.PoolsAppliedGeneration == f.Cluster.Generation {
		return nil
	}
	var steps []plan.Step
	for _, want := range f.wantedPools() {
		have := f.Pools[want.Name]
		if have == nil || !asWanted(have, want) && !f.Objects.written[keyOf(want)] {
			steps = append(steps, plan.WritePool{Have: have, Want: want})
		}
	}
	return steps
}

func asWanted(have, want *v1alpha1.AgentPool) bool {
	return equality.Semantic.DeepEqual(have.Spec, want.Spec)
}

// pools that the last write of the cluster named, in its order. While the cluster's operation runs, a pool that is not as it was written is
// not ready; afterwards pools are written and deleted by themselves.
func (f Facts) pools(a *assessment, written bool) {
	a.applied = a.applied || written && f.Refused == nil
	if !a.applied {
		return
	}
	running := a.operation.State == v1alpha1.InProgress
	for _, want := range f.wantedPools() {
		fact := poolFact{name: want.Spec.Name, operation: v1alpha1.Operation{State: v1alpha1.InProgress, Waiting: "to be made"}}
		have := f.Pools[want.Name]
		switch {
		case have == nil && !running:
			continue
		case have != nil && (!running || asWanted(have, want)):
			fact = poolFactOf(have)
		}
		a.pools = append(a.pools, fact)
	}
	f.waking(a)
}

func (f Facts) wantedPools() []*v1alpha1.AgentPool {
	var pools []*v1alpha1.AgentPool
	for _, profile := range f.Cluster.Spec.PoolProfiles {
		pools = append(pools, agentPool(f.Cluster, profile))
	}
	return pools
}

func agentPool(c *v1alpha1.ManagedCluster, profile v1alpha1.PoolProfile) *v1alpha1.AgentPool {
	pool := &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace,
			Name:      v1alpha1.ObjectName(v1alpha1.AgentPoolID(c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name, profile.Name)),
			Labels: map[string]string{
				v1alpha1.LabelCluster:       c.Name,
				v1alpha1.LabelSubscription:  c.Spec.SubscriptionID,
				v1alpha1.LabelResourceGroup: c.Labels[v1alpha1.LabelResourceGroup],
			},
		},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: c.Name, Name: profile.Name, AgentPoolSpec: *profile.AgentPoolSpec.DeepCopy()},
	}
	pool.Spec.ClusterPowerState = "" // a cluster that is provisioned runs
	if id := c.Annotations[v1alpha1.AnnotationCorrelationID]; id != "" {
		pool.Annotations = map[string]string{v1alpha1.AnnotationCorrelationID: id}
	}
	return pool
}
