package containerservice

import (
	"context"
	"fmt"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/apply"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// writePool stores an admitted spec, and answers with the operation that this begins.
func (p *Provider) writePool(w http.ResponseWriter, r *route.Request, present state.Cluster, pool state.Pool, spec v1alpha1.AgentPoolSpec) error {
	status := http.StatusCreated
	if _, exists := present.Pool(pool.Name); exists {
		status = http.StatusOK
	}
	object, err := p.storePool(r, present, pool, spec)
	if err != nil {
		return err
	}
	return p.answerPool(w, r, status, present, state.Pool{Name: pool.Name, Spec: spec, Object: object})
}

// storePool under the cluster's lock, and return the object. If the spec changes nothing, that is the present one.
func (p *Provider) storePool(r *route.Request, present state.Cluster, pool state.Pool, spec v1alpha1.AgentPoolSpec) (*v1alpha1.AgentPool, error) {
	if pool.Object != nil && plan.Same(pool.Spec, spec) {
		return pool.Object, nil
	}
	return p.storePoolAs(r, present, pool, spec, v1alpha1.PoolVerb(pool.Object, spec))
}

// storePoolAs begins an operation of the verb.
func (p *Provider) storePoolAs(r *route.Request, present state.Cluster, pool state.Pool, spec v1alpha1.AgentPoolSpec, verb string) (*v1alpha1.AgentPool, error) {
	return p.beginPool(r.Context(), r.CorrelationID, present, pool, spec, verb)
}

func (p *Provider) beginPool(ctx context.Context, correlationID string, present state.Cluster, pool state.Pool, spec v1alpha1.AgentPoolSpec,
	verb string) (*v1alpha1.AgentPool, error) {
	release, err := p.locks().Acquire(ctx, present.Family(), pool.Resource())
	if err != nil {
		return nil, err
	}
	object := poolObject(present.Object, pool, spec, correlationID)
	v1alpha1.SetVerb(object, verb)
	err = p.applyPool(ctx, object)
	if err != nil || pool.Object != nil && object.Generation == pool.Object.Generation {
		release()
	}
	return object, err
}

// poolObject to write, on condition that the object that was read has not changed.
func poolObject(c *v1alpha1.ManagedCluster, pool state.Pool, spec v1alpha1.AgentPoolSpec, correlation string) *v1alpha1.AgentPool {
	o := &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace,
			Name:      state.Cluster{Object: c}.PoolObject(pool.Name),
			Labels: map[string]string{
				v1alpha1.LabelSubscription:  c.Spec.SubscriptionID,
				v1alpha1.LabelResourceGroup: c.Labels[v1alpha1.LabelResourceGroup],
				v1alpha1.LabelCluster:       c.Name,
			},
			Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: correlation},
			// If the cluster is deleted at the same moment, the pool is collected with it.
			OwnerReferences: ownedBy(c, "ManagedCluster"),
		},
		Spec: v1alpha1.ClusterPoolSpec{Cluster: c.Name, Name: pool.Name, AgentPoolSpec: spec},
	}
	if present := pool.Object; present != nil {
		o.UID, o.ResourceVersion, o.Generation, o.Status = present.UID, present.ResourceVersion, present.Generation, present.Status
	}
	return o
}

// applyPool writes the whole pool, so that fields that it no longer has are removed, also those that the cluster's controller set.
func (p *Provider) applyPool(ctx context.Context, pool *v1alpha1.AgentPool) error {
	status := pool.Status
	written, err := apply.Whole(ctx, p.client, pool)
	if err != nil {
		return err
	}
	answer, ok := written.(*v1alpha1.AgentPool)
	if !ok {
		return fmt.Errorf("applying pool %s: the answer is a %T", pool.Name, written)
	}
	answer.DeepCopyInto(pool)
	if pool.Generation == 0 { // an API that does not answer with the whole object
		pool.Status = status
	}
	return nil
}

// answerPool shows the pool, with the operation if one is in progress.
func (p *Provider) answerPool(w http.ResponseWriter, r *route.Request, status int, s state.Cluster, pool state.Pool) error {
	if v1alpha1.CurrentOperation(pool.Object).State == v1alpha1.InProgress {
		p.urls(r).StatusHeaders(w.Header(), operation.Of(state.PoolKind, pool.Object))
	}
	etag.Set(w.Header(), s.PoolETag(pool))
	return route.JSON(w, status, wire.PoolOf(s, pool))
}
