package containerservice

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// deleteCluster preempts the operation in progress.
func (p *Provider) deleteCluster(w http.ResponseWriter, r *route.Request) error {
	s, err := p.find(r)
	if err != nil {
		return err
	}
	if !s.Exists() {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := etag.Check(r.Header, s.ETag()); err != nil {
		return err
	}
	id, err := p.remove(r, state.ClusterKind, s.Object)
	if err != nil {
		return err
	}
	return p.answerDelete(w, r, id)
}

func (p *Provider) deletePool(w http.ResponseWriter, r *route.Request) error {
	ignoring, err := ignoresBudgets(r.Request)
	if err != nil {
		return err
	}
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	pool, ok := s.Pool(r.Param("pool"))
	if !ok {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if !pool.Leaving() && s.IsPending(pool.Name) { // the cluster's operation would make it again
		err = concurrency.IdleChild(s.Family(), pool.Resource(), p.real.Now())
	} else {
		err = etag.Check(r.Header, s.PoolETag(pool))
	}
	if err != nil {
		return err
	}
	if !pool.Leaving() && s.Object.DeletionTimestamp == nil { // a stopped cluster cannot drain nodes, and keeps those of deleted machines
		if err := admission.Runs(s); err != nil {
			return err
		}
	}
	if err := admission.DeletePool(s, pool); err != nil {
		return err
	}
	if err := p.markIgnoringBudgets(r, pool.Object, ignoring); err != nil {
		return err
	}
	id, err := p.removePool(r, s, pool)
	if err != nil {
		return err
	}
	return p.answerDelete(w, r, id)
}

// removePool locks the cluster first: otherwise two deletes at once could remove the last two System pools.
func (p *Provider) removePool(r *route.Request, s state.Cluster, pool state.Pool) (operation.ID, error) {
	if pool.Leaving() || s.Object.DeletionTimestamp != nil {
		return p.remove(r, state.PoolKind, pool.Object)
	}
	release, err := p.locks().Acquire(r.Context(), s.Family(), pool.Resource())
	if err != nil {
		return operation.ID{}, err
	}
	id, err := p.remove(r, state.PoolKind, pool.Object)
	if err != nil {
		release()
	}
	return id, err
}

// remove deletes an object unless it is being deleted. The operation is the generation that the deletion makes.
func (p *Provider) remove(r *route.Request, kind operation.Kind, o concurrency.Object) (operation.ID, error) {
	id := operation.Of(kind, o)
	if o.GetDeletionTimestamp() != nil {
		return id, nil
	}
	uid := o.GetUID()
	err := p.client.Delete(r.Context(), o, client.Preconditions{UID: &uid})
	id.Delete, id.Generation = true, id.Generation+1
	return id, client.IgnoreNotFound(err)
}

func (p *Provider) answerDelete(w http.ResponseWriter, r *route.Request, id operation.ID) error {
	p.urls(r).AllHeaders(w.Header(), id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}
