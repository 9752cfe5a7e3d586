package containerservice

import (
	"net/http"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/containerservice/state"
	"lotse.dev/arm/etag"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/route"
)

// Children of a cluster are resources that say something about it and have no operations: their writes end with the answer, change neither the
// cluster's spec nor its etag, and are possible while it is stopped or busy. The cluster owns them, so they are collected with it.

// cluster in the path, to read or to write its children. It is an error if there is none.
func (p *Provider) cluster(r *route.Request) (*v1alpha1.ManagedCluster, error) {
	return inventory.ExistingCluster(r.Context(), p.shared, r.SubscriptionID(), r.Param("group"), r.Param("cluster"))
}

// writableCluster is the cluster in the path. It is an error if it is being deleted.
func (p *Provider) writableCluster(r *route.Request) (*v1alpha1.ManagedCluster, error) {
	c, err := inventory.ExistingCluster(r.Context(), p.client, r.SubscriptionID(), r.Param("group"), r.Param("cluster"))
	if err != nil || c.DeletionTimestamp == nil {
		return c, err
	}
	return nil, fault.New(fault.OperationNotAllowed, "Operation is not allowed on the %s '%s' since deletion was issued on UTC %s. "+
		"The only allowed operation is deletion.", state.ClusterNoun, c.Spec.Name, c.DeletionTimestamp.UTC().Format(time.RFC3339)).After(retryDeletion)
}

// retryDeletion is when a request may be repeated that met a deletion.
const retryDeletion = 5 * time.Second

// readChild reads the child of an ID into o. It is false if there is none. One of an earlier cluster of the same name, which is yet to be collected,
// is none, and is removed if remove is set.
func (p *Provider) readChild(r *route.Request, c *v1alpha1.ManagedCluster, id string, o client.Object, remove bool) (bool, error) {
	err := p.client.Get(r.Context(), client.ObjectKey{Namespace: c.Namespace, Name: v1alpha1.ObjectName(id)}, o)
	if err != nil {
		return false, client.IgnoreNotFound(err)
	}
	if c.IsOwner(o.GetOwnerReferences()) {
		return true, nil
	}
	if !remove {
		return false, nil
	}
	uid := o.GetUID()
	return false, client.IgnoreNotFound(p.client.Delete(r.Context(), o, client.Preconditions{UID: &uid}))
}

// childMeta is the metadata of a new child.
func childMeta(c *v1alpha1.ManagedCluster, id string) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Namespace: c.Namespace, Name: v1alpha1.ObjectName(id), OwnerReferences: ownedBy(c, "ManagedCluster"),
		Labels: map[string]string{v1alpha1.LabelCluster: c.Name, v1alpha1.LabelSubscription: c.Spec.SubscriptionID},
	}
}

// writeChild creates or updates a child. An update is refused as a conflict if the child has changed since it was read.
func (p *Provider) writeChild(r *route.Request, o client.Object, exists bool) error {
	annotations := o.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[v1alpha1.AnnotationCorrelationID] = r.CorrelationID
	o.SetAnnotations(annotations)
	if exists {
		o.SetManagedFields(nil) // they stay
		return p.client.Update(r.Context(), o, client.FieldOwner(v1alpha1.FieldManager))
	}
	return p.client.Create(r.Context(), o, client.FieldOwner(v1alpha1.FieldManager))
}

// childTag is the etag of a child; empty if there is none.
func childTag(o client.Object, exists bool) string {
	if !exists {
		return ""
	}
	return etag.Of(o.GetUID(), o.GetGeneration())
}

// removeChild deletes a child if there is one, as the request's conditions allow.
func (p *Provider) removeChild(w http.ResponseWriter, r *route.Request, o client.Object, exists bool) error {
	if !exists {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := etag.Check(r.Header, childTag(o, exists)); err != nil {
		return err
	}
	uid, version := o.GetUID(), o.GetResourceVersion()
	err := p.client.Delete(r.Context(), o, client.Preconditions{UID: &uid, ResourceVersion: &version})
	if err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
