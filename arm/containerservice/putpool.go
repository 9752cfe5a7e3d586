package containerservice

import (
	"net/http"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/body"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/request"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/route"
)

// putPool creates or changes a pool: read the present state, decode, plan, admit, write.
func (p *Provider) putPool(w http.ResponseWriter, r *route.Request) error {
	present, pool, err := p.readPool(r)
	if err != nil {
		return err
	}
	asked, err := p.decodePool(r, present, pool)
	if err != nil {
		return err
	}
	spec, err := p.planPool(r, present, asked)
	if err != nil {
		return err
	}
	after := plan.WithPool(present.Object.Spec, asked.Name, spec)
	if err := p.admitGrowth(r, present, after, "properties.count"); err != nil {
		return err
	}
	return p.writePool(w, r, present, pool, spec)
}

// readPool reads the cluster in the path and its pool, which has no spec if it is a new one, and checks what must hold before the body is read.
func (p *Provider) readPool(r *route.Request) (state.Cluster, state.Pool, error) {
	present, err := p.existing(r)
	if err != nil {
		return present, state.Pool{}, err
	}
	name := r.Param("pool")
	if err := naming.Pool(name, "agentPoolName"); err != nil {
		return present, state.Pool{}, err
	}
	pool, ok := present.Pool(name)
	if !ok {
		pool.Name = name
	}
	if err := etag.Check(r.Header, present.PoolETag(pool)); err != nil {
		return present, pool, err
	}
	if err := concurrency.IdleChild(present.Family(), pool.Resource(), p.real.Now()); err != nil {
		return present, pool, err
	}
	if err := admission.Runs(present); err != nil {
		return present, pool, err
	}
	return present, pool, admission.PutPool(present, pool.Name)
}

func (p *Provider) decodePool(r *route.Request, present state.Cluster, pool state.Pool) (request.Pool, error) {
	var shown any = wire.Identifiers{ID: wire.PoolID(present, pool.Name), Name: pool.Name, Type: wire.PoolType}
	if _, exists := present.Pool(pool.Name); exists {
		shown = wire.PoolOf(present, pool)
	}
	o, err := body.Read(r.Request, shown)
	if err != nil {
		return request.Pool{}, err
	}
	return request.DecodePool(o, pool.Name, present)
}

func (p *Provider) planPool(r *route.Request, present state.Cluster, asked request.Pool) (v1alpha1.AgentPoolSpec, error) {
	facts, err := p.planFacts(r, present)
	if err != nil {
		return v1alpha1.AgentPoolSpec{}, err
	}
	return plan.Pool(asked, facts)
}
