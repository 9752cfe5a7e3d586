package resources

import (
	"net/http"
	"strings"

	"lotse.dev/arm/filter"
	"lotse.dev/arm/inventory"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
)

// generic is the body of a resource of any provider in lists.
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
		if _, err := inventory.Group(r.Context(), s.shared, r.SubscriptionID(), name); err != nil {
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

// everything that is a resource in the subscription, of all resource providers.
func (s *Resources) everything(r *route.Request) ([]generic, error) {
	var all []generic
	for _, p := range s.registered {
		if p.Resources == nil {
			continue
		}
		found, err := p.Resources(r.Context(), r.SubscriptionID())
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			all = append(all, generic{o.ID, o.Name, o.Type, o.Location, o.Tags, strings.ToLower(o.Group)})
		}
	}
	return all, nil
}
