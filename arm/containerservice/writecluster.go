package containerservice

import (
	"context"
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/concurrency"
	"lotse.dev/arm/containerservice/plan"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/containerservice/wire"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// writeCluster stores an admitted spec, and answers with the operation that this begins.
func (p *Provider) writeCluster(w http.ResponseWriter, r *route.Request, present state.Cluster, g *v1alpha1.ResourceGroup,
	spec v1alpha1.ManagedClusterSpec) error {
	if present.Exists() {
		return p.updateCluster(w, r, present, spec, plan.ClusterVerb(present.Object, spec))
	}
	return p.createCluster(w, r, present, clusterObject(g, spec, r.CorrelationID))
}

func (p *Provider) createCluster(w http.ResponseWriter, r *route.Request, present state.Cluster, c *v1alpha1.ManagedCluster) error {
	release, err := p.reserve(r, c)
	if err != nil {
		return err
	}
	defer release()
	err = p.client.Create(r.Context(), c, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsNotFound(err) {
		return fault.New(fault.ServiceUnavailable, "The subscription '%s' is still being set up. Repeat the request.", r.SubscriptionID()).Because(err)
	}
	if err != nil {
		return err
	}
	present.Object = c
	return p.answerCluster(w, r, http.StatusCreated, present)
}

// clusterObject to create. Its group owns it: if the group is deleted at the same moment, the cluster is collected with it.
func clusterObject(g *v1alpha1.ResourceGroup, spec v1alpha1.ManagedClusterSpec, correlation string) *v1alpha1.ManagedCluster {
	id := v1alpha1.ManagedClusterID(spec.SubscriptionID, spec.ResourceGroup, spec.Name)
	c := &v1alpha1.ManagedCluster{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:       v1alpha1.SubscriptionNamespace(spec.SubscriptionID),
			Name:            v1alpha1.ObjectName(id),
			Labels:          map[string]string{v1alpha1.LabelSubscription: spec.SubscriptionID, v1alpha1.LabelResourceGroup: g.Name},
			Annotations:     map[string]string{v1alpha1.AnnotationCorrelationID: correlation},
			OwnerReferences: ownedBy(g, "ResourceGroup"),
			// Set here and not by the controller, so that even a delete that comes before the controller waits for the teardown.
			Finalizers: []string{v1alpha1.Finalizer},
		},
		Spec: spec,
	}
	v1alpha1.SetVerb(c, v1alpha1.Creating)
	return c
}

func ownedBy(o metav1.Object, kind string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: v1alpha1.GroupVersion.String(), Kind: kind, Name: o.GetName(), UID: o.GetUID()}}
}

// updateCluster stores a spec as an operation of the verb. A spec that changes nothing begins no operation, unless the last one failed: then
// the write repeats it.
func (p *Provider) updateCluster(w http.ResponseWriter, r *route.Request, present state.Cluster, spec v1alpha1.ManagedClusterSpec,
	verb string) error {
	failed := present.Failed()
	if !failed && plan.Unchanged(present, spec) {
		return p.answerCluster(w, r, http.StatusOK, present)
	}
	if failed {
		spec.Attempt++
	}
	spec.PowerState = "" // a stop that was refused is not tried again by another write
	if err := p.storeCluster(r, present, spec, verb); err != nil {
		return err
	}
	return p.answerCluster(w, r, http.StatusOK, present)
}

// storeCluster writes a spec that begins an operation of the verb.
func (p *Provider) storeCluster(r *route.Request, present state.Cluster, spec v1alpha1.ManagedClusterSpec, verb string) error {
	return p.store(r.Context(), r.CorrelationID, present, spec, verb)
}

func (p *Provider) store(ctx context.Context, correlationID string, present state.Cluster, spec v1alpha1.ManagedClusterSpec, verb string) error {
	c := present.Object
	c.Spec = spec
	c.ManagedFields = nil // the cache does not have all of them; they stay
	concurrency.Unlock(c)
	v1alpha1.SetVerb(c, verb)
	metav1.SetMetaDataAnnotation(&c.ObjectMeta, v1alpha1.AnnotationCorrelationID, correlationID)
	return p.client.Update(ctx, c, client.FieldOwner(v1alpha1.FieldManager))
}

// answerCluster shows the cluster, with the operation if one is in progress.
func (p *Provider) answerCluster(w http.ResponseWriter, r *route.Request, status int, s state.Cluster) error {
	if v1alpha1.CurrentOperation(s.Object).State == v1alpha1.InProgress {
		p.urls(r).StatusHeaders(w.Header(), operation.Of(state.ClusterKind, s.Object))
	}
	etag.Set(w.Header(), s.ETag())
	return route.JSON(w, status, wire.ClusterOf(s))
}
