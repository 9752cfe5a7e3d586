package cluster

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
)

// pools turns the profiles of a new generation into AgentPools, once, and gathers how far they are. A pool that is later written by itself
// stays as that write left it.
func (p *pass) pools(ctx context.Context) error {
	have := &v1alpha1.AgentPoolList{}
	err := p.List(ctx, have, client.InNamespace(p.cluster.Namespace), client.MatchingLabels{v1alpha1.LabelCluster: p.cluster.Name})
	if err != nil {
		return fmt.Errorf("listing the cluster's pools: %w", err)
	}
	byName := map[string]*v1alpha1.AgentPool{}
	for i := range have.Items {
		byName[have.Items[i].Name] = &have.Items[i]
	}
	if !p.facts.PoolsApplied {
		if err := p.applyPools(ctx, byName); err != nil || p.facts.Refused != nil {
			return err
		}
		p.cluster.Status.PoolsAppliedGeneration, p.facts.PoolsApplied = p.cluster.Generation, true
	}
	running := v1alpha1.CurrentOperation(p.cluster).State == v1alpha1.InProgress
	for _, profile := range p.cluster.Spec.PoolProfiles {
		want := agentPool(p.cluster, profile)
		if fact, counts := poolFact(want, byName[want.Name], running); counts {
			p.facts.Pools = append(p.facts.Pools, fact)
		}
	}
	return nil
}

// poolFact is how far a pool is. While the cluster's operation runs, a pool that the cache does not show as it was written is on its way;
// afterwards pools are written and deleted by themselves.
func poolFact(want, have *v1alpha1.AgentPool, running bool) (fact PoolFact, counts bool) {
	fact = PoolFact{Name: want.Spec.Name, Operation: v1alpha1.Operation{State: v1alpha1.InProgress, Waiting: "to be made"}}
	switch {
	case have == nil:
		return fact, running
	case running && !equality.Semantic.DeepEqual(have.Spec, want.Spec):
		return fact, true
	}
	fact.Operation = v1alpha1.CurrentOperation(have)
	return fact, true
}

func (p *pass) applyPools(ctx context.Context, have map[string]*v1alpha1.AgentPool) error {
	for _, profile := range p.cluster.Spec.PoolProfiles {
		want := agentPool(p.cluster, profile)
		err := p.writePool(ctx, have[want.Name], want)
		if apierrors.IsInvalid(err) {
			p.facts.Refused = &v1alpha1.OperationError{Code: "InvalidParameter", Message: fmt.Sprintf("Pool %s: %v", profile.Name, err)}
			return nil
		}
		if err != nil {
			return fmt.Errorf("writing pool %s: %w", profile.Name, err)
		}
	}
	return nil
}

// writePool replaces the whole spec, also fields that another writer set: the profile is what the customer wants now.
func (p *pass) writePool(ctx context.Context, have, want *v1alpha1.AgentPool) error {
	owner := client.FieldOwner(v1alpha1.FieldManager)
	if have == nil {
		return p.Create(ctx, want, owner)
	}
	if equality.Semantic.DeepEqual(have.Spec, want.Spec) {
		return nil
	}
	changed := have.DeepCopy()
	changed.Spec = want.Spec
	changed.Annotations = want.Annotations
	return p.Update(ctx, changed, owner)
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
	if id := c.Annotations[v1alpha1.AnnotationCorrelationID]; id != "" {
		pool.Annotations = map[string]string{v1alpha1.AnnotationCorrelationID: id}
	}
	return pool
}
