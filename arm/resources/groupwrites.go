package resources

import (
	"net/http"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/naming"
	"lotse.dev/arm/operation"
	"lotse.dev/arm/route"
)

// putGroup decides by the cached group, so a change is one call. If the group has changed since, the write is refused and decided again.
func (s *Resources) putGroup(w http.ResponseWriter, r *route.Request) error {
	if err := naming.Group(r.Param("group")); err != nil {
		return err
	}
	g, err := inventory.WritableGroup(r.Context(), s.reads, r.SubscriptionID(), r.Param("group"))
	switch {
	case err == nil:
		return s.updateGroup(w, r, g)
	case fault.Of(err).Kind == fault.ResourceGroupNotFound:
		return s.createGroup(w, r)
	}
	return err
}

func (s *Resources) createGroup(w http.ResponseWriter, r *route.Request) error {
	sub := r.SubscriptionID()
	g := &v1alpha1.ResourceGroup{
		ObjectMeta: metav1.ObjectMeta{
			Namespace:   v1alpha1.SubscriptionNamespace(sub),
			Name:        v1alpha1.ObjectName(v1alpha1.ResourceGroupID(sub, r.Param("group"))),
			Labels:      map[string]string{v1alpha1.LabelSubscription: sub},
			Annotations: map[string]string{v1alpha1.AnnotationCorrelationID: r.CorrelationID},
			// Set here and not by the controller, so that even a delete that comes before the controller waits for what is in the group.
			Finalizers: []string{v1alpha1.Finalizer},
		},
		Spec: v1alpha1.ResourceGroupSpec{Name: r.Param("group")},
	}
	if err := readGroup(r.Request, s.location, nil, &g.Spec); err != nil {
		return err
	}
	v1alpha1.SetVerb(g, v1alpha1.Creating)
	err := s.client.Create(r.Context(), g, client.FieldOwner(v1alpha1.FieldManager))
	if apierrors.IsNotFound(err) {
		return fault.New(fault.ServiceUnavailable, "The subscription '%s' is still being set up. Repeat the request.", sub).Because(err)
	}
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusCreated, groupOf(sub, g))
}

func (s *Resources) updateGroup(w http.ResponseWriter, r *route.Request, g *v1alpha1.ResourceGroup) error {
	present := groupOf(r.SubscriptionID(), g)
	if err := readGroup(r.Request, s.location, &present, &g.Spec); err != nil {
		return err
	}
	v1alpha1.SetVerb(g, v1alpha1.Updating)
	g.ManagedFields = nil // the cache does not have them; they stay
	metav1.SetMetaDataAnnotation(&g.ObjectMeta, v1alpha1.AnnotationCorrelationID, r.CorrelationID)
	if err := s.client.Update(r.Context(), g, client.FieldOwner(v1alpha1.FieldManager)); err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, groupOf(r.SubscriptionID(), g))
}

// patchGroup replaces the tags; nothing else of a group can change.
func (s *Resources) patchGroup(w http.ResponseWriter, r *route.Request) error {
	g, err := inventory.WritableGroup(r.Context(), s.reads, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return err
	}
	return s.updateGroup(w, r, g)
}

func (s *Resources) deleteGroup(w http.ResponseWriter, r *route.Request) error {
	g, err := inventory.Group(r.Context(), s.client, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return err
	}
	if g.Spec.ManagedBy != "" {
		return fault.New(fault.ResourceGroupManaged, "The resource group '%s' is the node resource group of '%s' and is deleted with it. "+
			"Delete that cluster instead.", g.Spec.Name, g.Spec.ManagedBy)
	}
	id := operation.Of(groupKind, g)
	if g.DeletionTimestamp == nil {
		uid := g.GetUID()
		if err := s.client.Delete(r.Context(), g, client.Preconditions{UID: &uid}); client.IgnoreNotFound(err) != nil {
			return err
		}
		id.Delete, id.Generation = true, id.Generation+1
	}
	s.urls(r).ResultHeaders(w.Header(), id)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func (s *Resources) urls(r *route.Request) operation.URLs {
	version := r.APIVersion()
	if version == "" {
		version = apiVersions[0]
	}
	return operation.NewURLs(s.signer, r.Base(), r.SubscriptionID(), "", "", version)
}

// groupResult answers the Location of a delete: 202 while the group exists, 200 after.
func (s *Resources) groupResult(w http.ResponseWriter, r *route.Request) error {
	id, ok := s.signer.Verify(r.SubscriptionID(), r.Param("operation"))
	if !ok || id.Kind != groupKind {
		return fault.New(fault.OperationNotFound, "There is no operation '%s'.", r.Param("operation"))
	}
	g := &v1alpha1.ResourceGroup{}
	err := s.reads.Get(r.Context(), client.ObjectKey{Namespace: v1alpha1.SubscriptionNamespace(r.SubscriptionID()), Name: id.Object}, g)
	if client.IgnoreNotFound(err) != nil {
		return err
	}
	if err == nil && !r.May("Microsoft.Resources/subscriptions/resourceGroups/read", v1alpha1.ResourceGroupID(r.SubscriptionID(), g.Spec.Name)) {
		return fault.New(fault.OperationNotFound, "There is no operation '%s'.", r.Param("operation"))
	}
	if err == nil && !operation.Read(id, g).Done() {
		s.urls(r).ResultHeaders(w.Header(), id)
		w.WriteHeader(http.StatusAccepted)
		return nil
	}
	w.WriteHeader(http.StatusOK)
	return nil
}
