package containerservice

import (
	"net/http"

	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

func (p *Provider) getPool(w http.ResponseWriter, r *route.Request) error {
	s, pool, err := p.shownPool(r)
	if err != nil {
		return err
	}
	etag.Set(w.Header(), s.PoolETag(pool))
	return route.JSON(w, http.StatusOK, wire.PoolOf(s, pool))
}

func (p *Provider) listPools(w http.ResponseWriter, r *route.Request) error {
	s, err := p.shown(r)
	if err != nil {
		return err
	}
	var bodies []wire.Pool
	for _, pool := range s.Pools() {
		bodies = append(bodies, wire.PoolOf(s, pool))
	}
	page, err := paging.Page(r.Request, bodies, func(b wire.Pool) string { return b.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}
