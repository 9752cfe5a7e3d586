package containerservice

import (
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// upgradeNodeImage brings a pool to the newest node image of its Kubernetes version. A body is not read, as in AKS. A pool that has it already gets
// an operation too, which replaces what an earlier one has left and is done at once if there is nothing.
func (p *Provider) upgradeNodeImage(w http.ResponseWriter, r *route.Request) error {
	present, pool, err := p.readPool(r)
	if err != nil {
		return err
	}
	if pool.Object == nil || pool.Leaving() {
		return inventory.NotFound(wire.ClusterType+"/"+present.Object.Spec.Name+"/agentPools/"+pool.Name, r.Param("group"))
	}
	catalogue, err := p.catalogue(r.Context())
	if err != nil {
		return err
	}
	spec, err := plan.NodeImage(pool, catalogue)
	if err != nil {
		return err
	}
	object, err := p.storePoolAs(r, present, pool, spec, v1alpha1.UpgradingNodeImageVersion)
	if err != nil {
		return err
	}
	p.urls(r).AllHeaders(w.Header(), operation.Of(state.PoolKind, object))
	w.WriteHeader(http.StatusAccepted)
	return nil
}
