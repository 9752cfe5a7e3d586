package containerservice

import (
	"net/http"

	"lotse.dev/arm/body"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// deleteMachines of a pool by name. The pool is smaller by them afterwards.
func (p *Provider) deleteMachines(w http.ResponseWriter, r *route.Request) error {
	present, _, err := p.readPool(r)
	if err != nil {
		return err
	}
	_, pool, err := poolIn(present, r)
	if err != nil {
		return err
	}
	o, err := body.Read(r.Request, nil)
	if err != nil {
		return err
	}
	names, err := request.DecodeMachineNames(o)
	if err != nil {
		return err
	}
	machines, err := p.machines(r, present, pool)
	if err != nil {
		return err
	}
	spec, err := plan.WithoutMachines(pool, machines, names)
	if err != nil {
		return err
	}
	object, err := p.storePool(r, present, pool, spec)
	if err != nil {
		return err
	}
	p.urls(r).AllHeaders(w.Header(), operation.Of(state.PoolKind, object))
	w.WriteHeader(http.StatusAccepted)
	return nil
}
