package resources

import (
	"net/http"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/encoded"
	"lotse.dev/arm/fault"
	"lotse.dev/arm/filter"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

func (s *Resources) getGroup(w http.ResponseWriter, r *route.Request) error {
	g, err := inventory.Group(r.Context(), s.shared, r.SubscriptionID(), r.Param("group"))
	if err != nil {
		return err
	}
	body, err := s.encoded(g)
	if err != nil {
		return err
	}
	return route.Encoded(w, http.StatusOK, body)
}

// encoded is what a group looks like.
func (s *Resources) encoded(g *v1alpha1.ResourceGroup) ([]byte, error) {
	return s.answers.Of(string(g.UID), g.ResourceVersion, func() any { return groupOf(subscriptionID(g), g) })
}

// headGroup answers whether a group exists, without a body.
func (s *Resources) headGroup(w http.ResponseWriter, r *route.Request) error {
	_, err := inventory.Group(r.Context(), s.shared, r.SubscriptionID(), r.Param("group"))
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
	if err := s.shared.List(r.Context(), &list, client.InNamespace(v1alpha1.SubscriptionNamespace(r.SubscriptionID()))); err != nil {
		return err
	}
	page, err := paging.Page(r.Request, visible(r, f, list.Items), func(g *v1alpha1.ResourceGroup) string { return g.Spec.Name })
	if err != nil {
		return err
	}
	all := make([][]byte, len(page.Value))
	for i, g := range page.Value {
		if all[i], err = s.encoded(g); err != nil {
			return err
		}
	}
	body, err := encoded.List(all, page.NextLink)
	if err != nil {
		return err
	}
	return route.Encoded(w, http.StatusOK, body)
}

// visible are the groups that the caller may read and that a filter holds for.
func visible(r *route.Request, f filter.Filter, groups []v1alpha1.ResourceGroup) []*v1alpha1.ResourceGroup {
	const action = "Microsoft.Resources/subscriptions/resourceGroups/read"
	all := r.May(action, "/subscriptions/"+r.SubscriptionID())
	var chosen []*v1alpha1.ResourceGroup
	for i := range groups {
		g := &groups[i]
		if (all || r.May(action, v1alpha1.ResourceGroupID(r.SubscriptionID(), g.Spec.Name))) && f.Holds(map[string]string{"name": g.Spec.Name}, g.Spec.Tags) {
			chosen = append(chosen, g)
		}
	}
	return chosen
}
