package resources

import (
	"net/http"
	"slices"
	"strings"

	"lotse.dev/api/v1alpha1"
	"lotse.dev/arm/paging"
	"lotse.dev/arm/route"
	"lotse.dev/identity"
)

type subscriptionBody struct {
	ID             string `json:"id"`
	SubscriptionID string `json:"subscriptionId"`
	TenantID       string `json:"tenantId"`
	DisplayName    string `json:"displayName"`
	State          string `json:"state"`
	// AuthorizationSource and ManagedByTenants have the value that clients expect of a plain subscription.
	AuthorizationSource string     `json:"authorizationSource"`
	ManagedByTenants    []struct{} `json:"managedByTenants"`
}

// states as the subscription API names them.
var states = map[v1alpha1.SubscriptionState]string{
	v1alpha1.SubscriptionRegistered:   "Enabled",
	v1alpha1.SubscriptionWarned:       "Warned",
	v1alpha1.SubscriptionSuspended:    "Disabled",
	v1alpha1.SubscriptionDeleted:      "Deleted",
	v1alpha1.SubscriptionUnregistered: "Disabled",
}

func subscriptionOf(s v1alpha1.Subscription) subscriptionBody {
	state := states[s.Spec.State]
	if state == "" {
		state = "Enabled"
	}
	return subscriptionBody{
		ID: "/subscriptions/" + s.Name, SubscriptionID: s.Name, TenantID: s.Spec.TenantID, DisplayName: s.Spec.DisplayName,
		State: state, AuthorizationSource: "RoleBased", ManagedByTenants: []struct{}{},
	}
}

// visible are the subscriptions that the caller has any role in.
func (s *Resources) visible(r *route.Request) ([]v1alpha1.Subscription, error) {
	var list v1alpha1.SubscriptionList
	if err := s.client.List(r.Context(), &list); err != nil {
		return nil, err
	}
	hidden := func(sub v1alpha1.Subscription) bool {
		return !identity.Sees(r.Assignments, r.Caller.Principal, "/subscriptions/"+sub.Name)
	}
	return slices.DeleteFunc(list.Items, hidden), nil
}

func (s *Resources) listSubscriptions(w http.ResponseWriter, r *route.Request) error {
	visible, err := s.visible(r)
	if err != nil {
		return err
	}
	bodies := []subscriptionBody{}
	for _, sub := range visible {
		bodies = append(bodies, subscriptionOf(sub))
	}
	page, err := paging.Page(r.Request, bodies, func(b subscriptionBody) string { return b.ID })
	if err != nil {
		return err
	}
	return route.JSON(w, http.StatusOK, page)
}

func (s *Resources) getSubscription(w http.ResponseWriter, r *route.Request) error {
	return route.JSON(w, http.StatusOK, subscriptionOf(*r.Subscription))
}

type tenantBody struct {
	ID             string `json:"id"`
	TenantID       string `json:"tenantId"`
	DisplayName    string `json:"displayName"`
	TenantCategory string `json:"tenantCategory"`
}

// listTenants names the caller's own tenant and those of the subscriptions it sees.
func (s *Resources) listTenants(w http.ResponseWriter, r *route.Request) error {
	visible, err := s.visible(r)
	if err != nil {
		return err
	}
	ids := []string{strings.ToLower(r.Caller.TenantID)}
	for _, sub := range visible {
		ids = append(ids, strings.ToLower(sub.Spec.TenantID))
	}
	slices.Sort(ids)
	bodies := []tenantBody{}
	for _, id := range slices.Compact(ids) {
		if id != "" {
			bodies = append(bodies, tenantBody{ID: "/tenants/" + id, TenantID: id, DisplayName: "Lotse", TenantCategory: "Home"})
		}
	}
	return route.JSON(w, http.StatusOK, paging.List[tenantBody]{Value: bodies})
}

type locationMetadata struct {
	RegionType       string     `json:"regionType"`
	RegionCategory   string     `json:"regionCategory"`
	Geography        string     `json:"geography"`
	GeographyGroup   string     `json:"geographyGroup"`
	PhysicalLocation string     `json:"physicalLocation"`
	Latitude         string     `json:"latitude"`
	Longitude        string     `json:"longitude"`
	PairedRegion     []struct{} `json:"pairedRegion"`
}

type locationBody struct {
	ID                  string           `json:"id"`
	Name                string           `json:"name"`
	Type                string           `json:"type"`
	DisplayName         string           `json:"displayName"`
	RegionalDisplayName string           `json:"regionalDisplayName"`
	Metadata            locationMetadata `json:"metadata"`
}

func (s *Resources) listLocations(w http.ResponseWriter, r *route.Request) error {
	return route.JSON(w, http.StatusOK, paging.List[locationBody]{Value: []locationBody{{
		ID:   "/subscriptions/" + r.SubscriptionID() + "/locations/" + s.location,
		Name: s.location, Type: "Region", DisplayName: s.location, RegionalDisplayName: s.location,
		Metadata: locationMetadata{
			RegionType: "Physical", RegionCategory: "Recommended", Geography: s.location, GeographyGroup: s.location,
			PhysicalLocation: s.location, PairedRegion: []struct{}{},
		},
	}}})
}
