package containerservice

import (
	"context"
	"net/http"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// writePool stores an admitted spec under the cluster's lock, and answers with the operation that this begins. A spec that changes nothing
// is not stored.
func (p *Provider) writePool(w http.ResponseWriter, r *route.Request, present state.Cluster, pool state.Pool, spec v1alpha1.AgentPoolSpec) error {
	status := http.StatusCreated
	if _, exists := present.Pool(pool.Name); exists {
		status = http.StatusOK
	}
	if pool.Object != nil && plan.Same(pool.Spec, spec) {
		return p.answerPool(w, r, status, present, pool)
	}
	release, err := p.locks().Acquire(r.Context(), present.Family(), pool.Resource())
	if err != nil {
		return err
	}
	object := poolObject(present.Object, pool, spec, r.CorrelationID)
	err = p.applyPool(r.Context(), object)
	if err != nil || pool.Object != nil && object.Generation == pool.Object.Generation {
		release()
	}
	if err != nil {
		return err
	}
	return p.answerPool(w, r, status, present, state.Pool{Name: pool.Name, Spec: spec, Object: object})
}

// poolObject to write, on condition that the object that was read has not changed.
func poolObject(c *v1alpha1.ManagedCluster, pool state.Pool, spec v1alpha1.AgentPoolSpec, correlation string) *v1alpha1.AgentPool {
	o := &v1alpha1.AgentPool{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: c.Namespace,
			Name:      v1alpha1.ObjectName(v1alpha1.AgentPoolID(c.Spec.SubscriptionID, c.Spec.ResourceGroup, c.Spec.Name, pool.Name)),
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
	var before *v1alpha1.AgentPoolSpec
	if present := pool.Object; present != nil {
		o.UID, o.ResourceVersion, o.Generation, o.Status = present.UID, present.ResourceVersion, present.Generation, present.Status
		before = &present.Spec.AgentPoolSpec
	}
	v1alpha1.SetVerb(o, plan.PoolVerb(before, spec))
	return o
}

// applyPool writes a pool as the cluster's controller does, by server-side apply with the service's field manager, so each of the two removes
// fields that the other set. Unlike package apply it keeps the resource version: a write in between is a conflict.
func (p *Provider) applyPool(ctx context.Context, pool *v1alpha1.AgentPool) error {
	status := pool.Status
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pool)
	if err != nil {
		return err
	}
	u := &unstructured.Unstructured{Object: content}
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("AgentPool"))
	unstructured.RemoveNestedField(content, "status")
	for _, field := range []string{"creationTimestamp", "generation"} {
		unstructured.RemoveNestedField(content, "metadata", field)
	}
	err = p.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), client.FieldOwner(v1alpha1.FieldManager), client.ForceOwnership)
	if err != nil {
		return err
	}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, pool); err != nil {
		return err
	}
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
