package containerservice

import (
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

func (p *Provider) operations() operation.Endpoints {
	return operation.Endpoints{Signer: p.signer, URLs: p.urls, Find: p.operationSubject}
}

// operationSubject finds the cluster or the pool that an operation is about, as far as they exist.
func (p *Provider) operationSubject(r *route.Request, id operation.ID) (operation.Subject, bool, error) {
	var subject operation.Subject
	if id.Kind != state.ClusterKind && id.Kind != state.PoolKind {
		return subject, false, nil
	}
	s, err := p.operationCluster(r, id)
	if err != nil || !s.Exists() {
		return subject, true, err
	}
	subject.ResourceID = s.Object.ID()
	subject.Hidden = !r.May(clusterActions+"read", s.Object.ID())
	if id.Kind == state.ClusterKind {
		subject.Object, subject.Body = s.Object, func() any { return wire.ClusterOf(s) }
		return subject, true, nil
	}
	pools := s.Pools()
	if i := slices.IndexFunc(pools, func(pool state.Pool) bool { return pool.Object != nil && pool.Object.Name == id.Object }); i >= 0 {
		subject.Object, subject.Body = pools[i].Object, func() any { return wire.PoolOf(s, pools[i]) }
	}
	return subject, true, nil
}

// operationCluster finds the cluster that an operation is about, or whose pool it is about.
func (p *Provider) operationCluster(r *route.Request, id operation.ID) (state.Cluster, error) {
	s := state.Cluster{TenantID: r.Subscription.Spec.TenantID}
	key := client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(r.SubscriptionID()), Name: id.Object}
	if id.Kind == state.PoolKind {
		pool := &v1alpha1.AgentPool{}
		if err := p.shared.Get(r.Context(), key, pool); err != nil {
			return s, client.IgnoreNotFound(err)
		}
		key.Name = pool.Spec.Cluster
	}
	cluster := &v1alpha1.ManagedCluster{}
	if err := p.shared.Get(r.Context(), key, cluster); err != nil {
		return s, client.IgnoreNotFound(err)
	}
	s.Object = cluster
	var err error
	s.PoolObjects, err = inventory.Pools(r.Context(), p.shared, r.SubscriptionID(), cluster.Name)
	return s, err
}
