package resources

import (
	"net/http"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/filter"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

// generic is a resource of any provider, as lists show it.
type generic struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Location string            `json:"location"`
	Tags     map[string]string `json:"tags,omitempty"`

	group string
}

func (s *Resources) listResources(w http.ResponseWriter, r *route.Request) error {
	f, err := filter.Parse(route.Query(r.Request, "$filter"), "resourceType", "resourceGroup", "name", "location", "tagName", "tagValue")
	if err != nil {
		return err
	}
	if name := r.Param("group"); name != "" {
		if _, err := inventory.Group(r.Context(), s.client, r.SubscriptionID(), name); err != nil {
			return err
		}
		f = append(f, filter.Term{Field: "resourcegroup", Equal: true, Value: name})
	}
	all, err := s.everything(r)
	if err != nil {
		return err
	}
	var chosen []generic
	for _, g := range all {
		fields := map[string]string{"resourcetype": g.Type, "resourcegroup": g.group, "name": g.Name, "location": g.Location}
		if f.Holds(fields, g.Tags) && r.May(g.Type+"/read", g.ID) {
			chosen = append(chosen, g)
		}
	}
	page, err := paging.Page(r.Request, chosen, func(g generic) string { return g.ID })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

// everything that is a resource in the subscription.
func (s *Resources) everything(r *route.Request) ([]generic, error) {
	clusters, err := inventory.Clusters(r.Context(), s.client, r.SubscriptionID(), "")
	if err != nil {
		return nil, err
	}
	var sets v1alpha1.ScaleSetList
	if err := s.client.List(r.Context(), &sets, client.InNamespace(v1alpha1.SubscriptionNamespace(r.SubscriptionID()))); err != nil {
		return nil, err
	}
	var all []generic
	for _, c := range clusters {
		all = append(all, generic{c.ID(), c.Spec.Name, "Microsoft.ContainerService/managedClusters", c.Spec.Location, c.Spec.Tags,
			strings.ToLower(c.Spec.ResourceGroup)})
	}
	for _, set := range sets.Items {
		id := v1alpha1.ScaleSetID(r.SubscriptionID(), set.Spec.ResourceGroup, set.Spec.Name)
		all = append(all, generic{id, set.Spec.Name, "Microsoft.Compute/virtualMachineScaleSets", set.Spec.Location, set.Spec.Tags,
			strings.ToLower(set.Spec.ResourceGroup)})
	}
	return all, nil
}
