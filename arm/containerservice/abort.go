package containerservice

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/admission"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// abortCluster ends the operation of a cluster where it is, and those of its pools that belong to it.
func (p *Provider) abortCluster(w http.ResponseWriter, r *route.Request) error {
	s, err := p.existing(r)
	if err != nil {
		return err
	}
	if err := admission.AbortCluster(s); err != nil {
		return err
	}
	return p.abort(w, r, state.ClusterKind, s.Object)
}

// abortPool ends the operation of a pool where it is.
func (p *Provider) abortPool(w http.ResponseWriter, r *route.Request) error {
	s, pool, err := p.existingPool(r)
	if err != nil {
		return err
	}
	if err := admission.AbortPool(s, pool); err != nil {
		return err
	}
	return p.abort(w, r, state.PoolKind, pool.Object)
}

// abort notes the wish on the object whose operation was seen to run. If that has ended meanwhile, the object has changed, and the request is
// decided anew. A second abort of the same operation is the first one again.
func (p *Provider) abort(w http.ResponseWriter, r *route.Request, kind operation.Kind, o concurrency.Object) error {
	if !v1alpha1.Aborted(o) {
		before := o.DeepCopyObject().(client.Object)
		v1alpha1.SetAbort(o)
		patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
		if err := p.client.Patch(r.Context(), o, patch, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
			return err
		}
	}
	id := operation.Of(kind, o)
	id.Abort = true
	p.urls(r).AllHeaders(w.Header(), id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}
