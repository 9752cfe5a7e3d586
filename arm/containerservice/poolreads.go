package containerservice

import (
	"net/http"

	"lotse.dev/arm/etag"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

func (p *Provider) getPool(w http.ResponseWriter, r *route.Request) error {
	s, m, err := p.pool(r)
	if err != nil {
		return err
	}
	etag.Set(w.Header(), s.poolETag(m))
	return route.JSON(w, http.StatusOK, poolBodyOf(s, m))
}

func (p *Provider) listPools(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	var bodies []poolBody
	for _, m := range s.members() {
		bodies = append(bodies, poolBodyOf(s, m))
	}
	page, err := paging.Page(r.Request, bodies, func(b poolBody) string { return b.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}
