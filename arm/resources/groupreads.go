package resources

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/filter"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

func (s *Resources) getGroup(w http.ResponseWriter, r *route.Request) error {
	g, err := inventory.Group(r.Context(), s.client, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, groupOf(r.SubscriptionID(), g))
}

// headGroup answers whether a group exists, without a body.
func (s *Resources) headGroup(w http.ResponseWriter, r *route.Request) error {
	_, err := inventory.Group(r.Context(), s.client, r.SubscriptionID(), r.Param("group"))
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case fault.Of(err).Kind == fault.ResourceGroupNotFound:
		w.WriteHeader(http.StatusNotFound)
	default:
		return err
	}
	return nil
}

func (s *Resources) listGroups(w http.ResponseWriter, r *route.Request) error {
	f, err := filter.Parse(route.Query(r.Request, "$filter"), "tagName", "tagValue", "name")
	if err != nil {
		return err
	}
	var list v1alpha1.ResourceGroupList
	if err := s.client.List(r.Context(), &list, client.InNamespace(v1alpha1.SubscriptionNamespace(r.SubscriptionID()))); err != nil {
		return err
	}
	var groups []groupBody
	for i := range list.Items {
		b := groupOf(r.SubscriptionID(), &list.Items[i])
		if r.May("Microsoft.Resources/subscriptions/resourceGroups/read", b.ID) && f.Holds(map[string]string{"name": b.Name}, b.Tags) {
			groups = append(groups, b)
		}
	}
	page, err := paging.Page(r.Request, groups, func(b groupBody) string { return b.Name })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}
