package containerservice

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/inventory"
)

// SetPower asks for the power state of a cluster in the name of the service, by the steps of a request: read, admit, write. announce is called
// before the write. Its error, and that of the first step that refuses, is returned; nothing is changed then.
func (p *Provider) SetPower(ctx context.Context, c *v1alpha1.ManagedCluster, to v1alpha1.PowerState, correlationID string, announce func() error) error {
	present, err := p.byObject(ctx, c)
	if err != nil {
		return err
	}
	if err := p.admitPower(ctx, present, to); err != nil {
		return err
	}
	if err := announce(); err != nil {
		return err
	}
	return p.store(ctx, correlationID, present, powered(present, to), v1alpha1.PowerVerb(to))
}

// byObject is the state of a cluster that was read before. If it is gone since, or there is another one of its name, it is an error.
func (p *Provider) byObject(ctx context.Context, c *v1alpha1.ManagedCluster) (state.Cluster, error) {
	now := &v1alpha1.ManagedCluster{}
	if err := p.client.Get(ctx, client.ObjectKeyFromObject(c), now); err != nil {
		return state.Cluster{}, err
	}
	if now.UID != c.UID {
		return state.Cluster{}, inventory.NotFound(v1alpha1.ManagedClusterType+"/"+c.Spec.Name, c.Spec.ResourceGroup)
	}
	pools, err := inventory.Pools(ctx, p.client, now.Spec.SubscriptionID, now.Name)
	return state.Cluster{Object: now, PoolObjects: pools}, err
}

// admitWake decides whether there is capacity for a cluster that is to start.
func (p *Provider) admitWake(ctx context.Context, present state.Cluster) error {
	if p.observed == nil {
		return nil
	}
	load, err := p.managementLoad(ctx)
	if err != nil {
		return err
	}
	return admission.Wake(load, present)
}
