package containerservice

import (
	"net/http"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

// listMachines of a pool, also those that are deallocated or about to go.
func (p *Provider) listMachines(w http.ResponseWriter, r *route.Request) error {
	s, pool, err := p.shownPool(r)
	if err != nil {
		return err
	}
	machines, err := p.machines(r, s, pool)
	if err != nil {
		return err
	}
	var bodies []wire.Machine
	for i := range machines {
		bodies = append(bodies, wire.MachineOf(s, pool, &machines[i]))
	}
	page, err := paging.Page(r.Request, bodies, func(b wire.Machine) string { return b.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func (p *Provider) getMachine(w http.ResponseWriter, r *route.Request) error {
	s, pool, err := p.shownPool(r)
	if err != nil {
		return err
	}
	machines, err := p.machines(r, s, pool)
	if err != nil {
		return err
	}
	name := r.Param("machine")
	i := slices.IndexFunc(machines, func(m v1alpha1.Machine) bool { return strings.EqualFold(m.Spec.Hostname, name) })
	if i < 0 {
		return inventory.NotFound(wire.ClusterType+"/"+s.Object.Spec.Name+"/agentPools/"+pool.Name+"/machines/"+name, r.Param("group"))
	}
	return route.JSON(w, http.StatusOK, wire.MachineOf(s, pool, &machines[i]))
}

// machines of a pool; none of one that is still to be made.
func (p *Provider) machines(r *route.Request, s state.Cluster, pool state.Pool) ([]v1alpha1.Machine, error) {
	if pool.Object == nil {
		return nil, nil
	}
	var list v1alpha1.MachineList
	err := p.client.List(r.Context(), &list, client.InNamespace(s.Object.Namespace), client.MatchingLabels{v1alpha1.LabelPool: pool.Object.Name})
	return list.Items, err
}
