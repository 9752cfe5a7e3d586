package containerservice

import (
	"cmp"
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/route"
)

// admitCluster decides whether a planned write of a cluster may happen now. What a new cluster takes from its subscription is decided when it
// is reserved (reserve), immediately before the write.
func (p *Provider) admitCluster(r *route.Request, present state.Cluster, spec v1alpha1.ManagedClusterSpec) error {
	if err := p.admitGrowth(r, present, spec, "properties.agentPoolProfiles"); err != nil || present.Exists() {
		return err
	}
	return p.admitNodeGroup(r, spec.NodeResourceGroup)
}

// admitGrowth decides by the subscription's quotas and by the capacity of the management cluster. target is the property that asks for growth.
// What the cluster itself was promised is as it was just read, so pools that are written at once cannot be given the same capacity.
func (p *Provider) admitGrowth(r *route.Request, present state.Cluster, spec v1alpha1.ManagedClusterSpec, target string) error {
	if err := admission.Quotas(r.Subscription.Limits(), present, spec, target); err != nil {
		return err
	}
	growth := admission.Growth(present, spec)
	if p.observed == nil || len(growth) == 0 {
		return nil
	}
	load, err := p.managementLoad(r.Context())
	if err != nil {
		return err
	}
	return admission.Capacity(load.With(present), growth, target)
}

// managementLoad reads what runs on the management cluster and what was promised. It may lag.
func (p *Provider) managementLoad(ctx context.Context) (admission.Load, error) {
	var nodes corev1.NodeList
	var pods corev1.PodList
	var clusters v1alpha1.ManagedClusterList
	var pools v1alpha1.AgentPoolList
	for _, list := range []client.ObjectList{&nodes, &pods, &clusters, &pools} {
		if err := p.observed.List(ctx, list); err != nil {
			return admission.Load{}, err
		}
	}
	return admission.Load{Nodes: nodes.Items, Pods: pods.Items, Clusters: clusters.Items, Pools: pools.Items}, nil
}

// admitNodeGroup checks that the node resource group of a new cluster does not exist. If it does, the cluster may have been made by a request
// that came first; then this one is decided again.
func (p *Provider) admitNodeGroup(r *route.Request, name string) error {
	_, err := inventory.Group(r.Context(), p.client, r.SubscriptionID(), name)
	switch {
	case err == nil:
		if c, err := inventory.Cluster(r.Context(), p.client, r.SubscriptionID(), r.Param("group"), r.Param("cluster")); err != nil || c != nil {
			return cmp.Or(err, alreadyExists(r.Param("cluster")))
		}
		return admission.NodeGroupExists(name)
	case fault.Of(err).Kind == fault.ResourceGroupNotFound:
		return nil
	}
	return err
}

// reserve quota of the subscription, and the node resource group, for a cluster that is about to be created.
func (p *Provider) reserve(r *route.Request, c *v1alpha1.ManagedCluster) (release func(), err error) {
	sub := &v1alpha1.Subscription{}
	if err := p.client.Get(r.Context(), client.ObjectKeyFromObject(r.Subscription), sub); err != nil {
		return nil, err
	}
	have, err := inventory.Clusters(r.Context(), p.client, r.SubscriptionID(), "")
	if err != nil {
		return nil, err
	}
	exists := func(object string) bool {
		return slices.ContainsFunc(have, func(c v1alpha1.ManagedCluster) bool { return c.Name == object })
	}
	if exists(c.Name) {
		return nil, alreadyExists(c.Name)
	}
	reservations := concurrency.Reservations{Client: p.client, Real: p.real}
	mine := concurrency.Reservation{Kind: state.ClusterKind, Object: c.Name, Name: c.Spec.NodeResourceGroup}
	err = reservations.Make(r.Context(), sub, mine, exists, func(others []concurrency.Reservation) error {
		return admission.NewCluster(sub.Limits(), have, others, c.Spec.NodeResourceGroup)
	})
	return func() { reservations.Release(r.Context(), sub, mine) }, err
}

// alreadyExists is the conflict with a request that has made the cluster since this one looked.
func alreadyExists(cluster string) error {
	return apierrors.NewAlreadyExists(v1alpha1.GroupVersion.WithResource("managedclusters").GroupResource(), cluster)
}
