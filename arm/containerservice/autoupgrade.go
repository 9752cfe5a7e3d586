package containerservice

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/inventory"
	"lotse.dev/release"
)

var errWritten = errors.New("it has been written since it was read")

// AutoUpgrade upgrades the Kubernetes of a cluster, and of some of its pools, in the name of the service, by the steps of a request: read, plan, admit,
// write. announce is called before the write. Its error, and that of the first step that refuses, is returned; nothing is changed then. A cluster that has
// been written since it was read is a conflict: its channels may be others.
func (p *Provider) AutoUpgrade(ctx context.Context, c *v1alpha1.ManagedCluster, to release.Version, pools map[string]release.Version,
	correlationID string, announce func() error) error {
	present, err := p.unchanged(ctx, c)
	if err != nil {
		return err
	}
	if err := concurrency.Idle(present.Family(), p.real.Now()); err != nil {
		return err
	}
	facts := plan.Facts{Present: present}
	if facts.Catalogue, err = p.catalogue(ctx); err != nil {
		return err
	}
	spec, err := plan.AutoUpgrade(to, pools, facts)
	if err != nil || plan.Unchanged(present, spec) {
		return err
	}
	// Also where only pools are upgraded: a drain that a budget blocks would fail, and nobody looks at once.
	findings, err := p.upgradeFindings(ctx, present, spec)
	if err != nil {
		return err
	}
	if err := admission.Upgrade(findings); err != nil {
		return err
	}
	if err := announce(); err != nil {
		return err
	}
	spec.PowerState = "" // a stop that was refused is not tried again by another write
	return p.store(ctx, correlationID, present, spec, plan.ClusterVerb(present.Object, spec))
}

// AutoUpgradeNodeImage brings a pool to the newest node image of its version in the name of the service, as AutoUpgrade does.
func (p *Provider) AutoUpgradeNodeImage(ctx context.Context, c *v1alpha1.ManagedCluster, name, correlationID string, announce func() error) error {
	present, err := p.unchanged(ctx, c)
	if err != nil {
		return err
	}
	if err := concurrency.Idle(present.Family(), p.real.Now()); err != nil {
		return err
	}
	pool, ok := present.Pool(name)
	if !ok || pool.Object == nil || pool.Leaving() {
		return inventory.NotFound(v1alpha1.ManagedClusterType+"/"+c.Spec.Name+"/agentPools/"+name, c.Spec.ResourceGroup)
	}
	catalogue, err := p.catalogue(ctx)
	if err != nil {
		return err
	}
	spec, err := plan.NodeImage(pool, catalogue)
	if err != nil || spec.Release == pool.Spec.Release {
		return err
	}
	if err := announce(); err != nil {
		return err
	}
	_, err = p.beginPool(ctx, correlationID, present, pool, spec, v1alpha1.UpgradingNodeImageVersion)
	return err
}

// unchanged is the state of a cluster that was read before, which must be as it was then, and run.
func (p *Provider) unchanged(ctx context.Context, c *v1alpha1.ManagedCluster) (state.Cluster, error) {
	present, err := p.byObject(ctx, c)
	if err != nil {
		return present, err
	}
	if present.Object.Generation != c.Generation {
		return present, apierrors.NewConflict(v1alpha1.GroupVersion.WithResource("managedclusters").GroupResource(), c.Name, errWritten)
	}
	return present, admission.Runs(present)
}
